from __future__ import annotations

import pytest

from app.frames.faster import faster_by_half
from collector.analysis.study import study
from tests.analysis.spans import make_span

S = 1_000_000_000
STUDY = study(
    [
        make_span("a", None, 0, 100 * S, kind="agent", name="agent"),
        make_span("slow", "a", 0, 90 * S, kind="tool", name="slow"),
        make_span("beside", "a", 0, 50 * S, kind="tool", name="beside"),
        make_span("tiny", "a", 95 * S, 95 * S + 1000, kind="tool", name="tiny"),
        make_span("open", "a", 96 * S, None, kind="tool", name="open"),
    ]
)


@pytest.mark.parametrize(
    ("span_id", "said"),
    [
        ("slow", "the run would take 1 min instead of 1 min 40 s"),
        ("beside", "as long: it ran beside something slower"),
        ("tiny", "hardly be shorter"),
    ],
)
def test_what_a_faster_span_wins_is_said_honestly(span_id: str, said: str) -> None:
    name, sentence = faster_by_half(STUDY, span_id)
    assert name == span_id
    assert said in sentence.replace("\u00a0", " ")


@pytest.mark.parametrize("span_id", ["open", "unknown"])
def test_nothing_is_said_of_what_has_no_end(span_id: str) -> None:
    assert faster_by_half(STUDY, span_id) == ("", "")
