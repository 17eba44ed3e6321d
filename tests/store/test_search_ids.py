"""Spans by their own id and by that of their response: the search index leads to them."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.store.commit import commit
from collector.store.retention import DAY_NS, prune
from tests.conftest import SCOPE
from tests.store.rows import START_NS, TRACE_ID, span_id
from tests.store.searched import LIFETIMES, at_once, calls, fill, saying, traces
from tests.store.sent import said


@pytest.mark.parametrize("filled", [False, True])
@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        (f"id:{span_id(1)}", True),
        (f"id:{span_id(1).upper()}", True),
        (f"id:{span_id(1)[:6]}", True),
        (f"id:{span_id(7)}", False),
        ("id:resp_68-Ab.C", True),
        ("id:resp_68-ab.c", False),
        ("id:resp_68-Ab", False),
        ("id:____", False),
    ],
)
def test_a_span_is_found_by_its_id_and_by_that_of_its_response(
    writing: Engine, reading: Engine, query: str, is_found: bool, filled: bool
) -> None:
    commit(writing, [said(saying(1, "gen_ai.response.id resp_68-Ab.C", response_id="resp_68-Ab.C"))])
    if filled:
        fill(writing, reading)
    assert traces(reading, query) == ({TRACE_ID} if is_found else set())
    assert calls(reading, query) == ({span_id(1)} if is_found else set())


def test_ids_are_found_once_the_content_is_gone(writing: Engine, reading: Engine) -> None:
    commit(writing, [said(saying(1, "parcel", response_id="resp_1"))])
    fill(writing, reading)
    prune(writing, SCOPE, LIFETIMES, START_NS + 31 * DAY_NS, at_once)
    fill(writing, reading)
    assert not traces(reading, "parcel")
    assert traces(reading, f"id:{span_id(1)}") == traces(reading, "id:resp_1") == {TRACE_ID}
