from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.semconv.cut_json import mended_json

WHOLE = json.dumps([{"role": "user", "text": 'a, {b "c" é \\ 😀 d'}, {"role": "tool", "n": 12, "x": [1, {"y": None}]}])

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_text_keeps_what_came_before_the_cut() -> None:
    assert mended_json(WHOLE[: WHOLE.index("b ") + 1]) == [{"role": "user", "text": "a, {b"}]


def test_a_key_or_a_number_that_was_cut_is_left_out() -> None:
    assert mended_json(WHOLE[: WHOLE.index("2,")]) == [
        {"role": "user", "text": 'a, {b "c" é \\ 😀 d'},
        {"role": "tool"},
    ]
    assert mended_json('[{"role": "user", "te') == [{"role": "user"}]


def test_a_cut_through_an_escape_leaves_it_out() -> None:
    for cut in ("\\", "\\u", "\\u00", "\\ud83d", "\\ud83d\\", "\\ud83d\\ude0"):
        assert mended_json('{"text": "ab' + cut) == {"text": "ab"}
    assert mended_json('{"text": "ab\\\\') == {"text": "ab\\"}


def test_text_that_is_no_json_is_none() -> None:
    for text in ("", "hello", "[INST] hello", "{oops", "[", '{"a', "}{", "[1}"):
        assert mended_json(text) is None


@given(values, st.integers(0, 500), st.booleans())
def test_any_cut_of_any_json_reads_as_something_or_nothing(value: Any, end: int, is_ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii)
    mended_json(text[:end])
    if isinstance(value, list | dict) and value and "\ud800" not in text:
        assert mended_json(text) is not None
