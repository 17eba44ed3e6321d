from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.store.commit import commit
from collector.store.reads import trace_texts
from collector.store.reads.trace_texts import find_in_texts, list_argument_hashes
from collector.store.records import Scope, TextsFound
from tests.conftest import SCOPE
from tests.store.rows import TRACE_ID, batch, span, span_id
from tests.store.sent import said


@pytest.fixture
def told(writing: Engine, reading: Engine) -> Engine:
    rows = [
        span(1, input_preview="Where is my PARCEL?", output_preview=None),
        span(2, kind="tool", input_preview=None, output_preview="parcel 7: 50% there", arguments_hash="ab"),
        span(3),
    ]
    commit(writing, [batch(*rows)])
    return reading


@pytest.mark.parametrize(("text", "found"), [("parcel", 2), ("50%", 1), ("%", 1), ("_", 0), ("", 0), ("nowhere", 0)])
def test_a_text_is_found_in_previews_once_the_content_is_gone(told: Engine, text: str, found: int) -> None:
    assert len(find_in_texts(told, SCOPE, TRACE_ID, text).span_ids) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Where is it", {1}),
        ("CAFÉ", {1}),
        ("two lines", {1}),
        ("500 words on", {2}),
        ("span 2", {2}),
        ("nowhere", set()),
    ],
)
def test_a_text_is_found_wherever_a_span_says_it(writing: Engine, reading: Engine, text: str, found: set[int]) -> None:
    sent = (span(1), '{"content": "a café, two\\nlines: where is it?"}'), (span(2), "word " * 500 + "500 words on")
    commit(writing, [said(*sent)])
    assert find_in_texts(reading, SCOPE, TRACE_ID, text) == TextsFound(frozenset(map(span_id, found)), None)


def test_what_there_was_no_time_for_is_told(writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(writing, [said((span(1, input_preview="parcel"), "parcel and bicycle"))])
    monkeypatch.setattr(trace_texts, "READ_S", -1)
    assert find_in_texts(reading, SCOPE, TRACE_ID, "parcel") == TextsFound(frozenset({span_id(1)}), 0)
    assert find_in_texts(reading, SCOPE, TRACE_ID, "bicycle") == TextsFound(frozenset(), 0)


def test_only_calls_that_told_their_arguments_have_a_hash(told: Engine) -> None:
    assert list(list_argument_hashes(told, SCOPE, TRACE_ID).values()) == ["ab"]


def test_another_project_sees_nothing(told: Engine) -> None:
    other = Scope(("other",))
    assert not find_in_texts(told, other, TRACE_ID, "parcel").span_ids
    assert not list_argument_hashes(told, other, TRACE_ID)
