"""Spans by their own id and by that of their response: the search index leads to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.query import parse
from collector.store.commit import commit
from collector.store.engine import open_reader
from collector.store.reads.calls import list_calls
from collector.store.reads.traces import count_traces, list_traces
from collector.store.records import Lifetimes, Scope, TraceFilter
from collector.store.retention import DAY_NS, prune
from collector.store.rows import SpanRow
from collector.store.search_fill import fill_search
from tests.conftest import SCOPE
from tests.store.rows import START_NS, TRACE_ID, span, span_id
from tests.store.sent import said

LIFETIMES = Lifetimes(content_days=30, traces_days=90, ledger_months=25)


def at_once(_seconds: float) -> bool:
    return False


def saying(number: int, words: str, **changes: Any) -> tuple[SpanRow, str]:
    return span(number, **{"kind": "llm", **changes, "service": words[:20]}), words


@pytest.fixture
def reader(writing: Engine, database_url: str) -> Iterator[Engine]:
    engine = open_reader(database_url)
    yield engine
    engine.dispose()


def fill(writer: Engine, reader: Engine) -> int:
    return fill_search(writer, reader, at_once)


def traces(reader: Engine, query: str, scope: Scope = SCOPE) -> set[str]:
    wanted = TraceFilter(query=parse(query))
    found = {trace.trace_id for trace in list_traces(reader, scope, wanted).traces}
    assert count_traces(reader, scope, wanted).total == len(found)
    return found


def calls(reader: Engine, query: str) -> set[str]:
    return {call.span_id for call in list_calls(reader, SCOPE, TraceFilter(query=parse(query)), "llm").calls}


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
    writing: Engine, reader: Engine, query: str, is_found: bool, filled: bool
) -> None:
    commit(writing, [said(saying(1, "gen_ai.response.id resp_68-Ab.C", response_id="resp_68-Ab.C"))])
    if filled:
        fill(writing, reader)
    assert traces(reader, query) == ({TRACE_ID} if is_found else set())
    assert calls(reader, query) == ({span_id(1)} if is_found else set())


def test_ids_are_found_once_the_content_is_gone(writing: Engine, reader: Engine) -> None:
    commit(writing, [said(saying(1, "parcel", response_id="resp_1"))])
    fill(writing, reader)
    prune(writing, SCOPE, LIFETIMES, START_NS + 31 * DAY_NS, at_once)
    fill(writing, reader)
    assert not traces(reader, "parcel")
    assert traces(reader, f"id:{span_id(1)}") == traces(reader, "id:resp_1") == {TRACE_ID}
