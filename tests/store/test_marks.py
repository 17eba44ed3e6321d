from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.errors import NotFound
from collector.store.commands import marks
from collector.store.commit import commit
from collector.store.reads.freshness import get_freshness
from collector.store.reads.notes import get_note
from collector.store.reads.traces import get_trace
from collector.store.records import Scope, TraceNote
from collector.store.rows import ScoreRow
from tests.conftest import SCOPE
from tests.store.rows import START_NS, TRACE_ID, batch, span

KEY = ("default", TRACE_ID)
NOTHING = TraceNote(project_id="default", trace_id=TRACE_ID)


def note(engine: Engine, scope: Scope = SCOPE) -> tuple[bool, str | None]:
    found = get_note(engine, scope, *KEY)
    return found.is_starred, found.note


def score(score_id: str = "a", **changes: object) -> ScoreRow:
    known = {"span_id": "", "name": "thumbs", "value": 1.0, "source": "person", "time_ns": START_NS}
    return ScoreRow(project_id="default", trace_id=TRACE_ID, score_id=score_id, **(known | changes))  # type: ignore[arg-type]


def test_a_trace_that_nobody_marked_has_an_empty_note(reading: Engine) -> None:
    assert get_note(reading, SCOPE, *KEY) == NOTHING


def test_a_star_leaves_the_note_and_a_note_the_star(writing: Engine, reading: Engine) -> None:
    marks.star(writing, KEY, True)
    marks.write_note(writing, KEY, "look at step 3")
    assert note(reading) == (True, "look at step 3")
    marks.star(writing, KEY, False)
    assert note(reading) == (False, "look at step 3")


def test_nothing_marked_leaves_no_row(writing: Engine, reading: Engine) -> None:
    marks.star(writing, KEY, True)
    marks.write_note(writing, KEY, "x")
    marks.star(writing, KEY, False)
    marks.write_note(writing, KEY, "")
    assert get_note(reading, SCOPE, *KEY) == NOTHING


def test_a_note_of_another_project_is_not_shown(writing: Engine, reading: Engine) -> None:
    marks.write_note(writing, KEY, "secret")
    assert note(reading, Scope(("other",))) == (False, None)


def test_a_score_replaces_the_one_with_its_id_and_can_be_taken_back(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1))])
    marks.put_score(writing, score())
    marks.put_score(writing, score(value=-1.0, comment="wrong answer"))
    marks.put_score(writing, score("b", name="tone", span_id="0" * 15 + "1"))
    found = get_trace(reading, SCOPE, TRACE_ID).scores
    assert [(s.id, s.name, s.value, s.span_id, s.source) for s in found] == [
        ("a", "thumbs", -1.0, None, "person"),
        ("b", "tone", 1.0, "0" * 15 + "1", "person"),
    ]
    marks.remove_score(writing, KEY, "a")
    assert [s.id for s in get_trace(reading, SCOPE, TRACE_ID).scores] == ["b"]
    with pytest.raises(NotFound, match="no score a"):
        marks.remove_score(writing, KEY, "a")


def test_pages_are_told_of_every_mark(writing: Engine, reading: Engine) -> None:
    before = get_freshness(reading, SCOPE).version
    marks.star(writing, KEY, True)
    marks.write_note(writing, KEY, "x")
    marks.put_score(writing, score())
    marks.remove_score(writing, KEY, "a")
    assert get_freshness(reading, SCOPE).version == before + 4
