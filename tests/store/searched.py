"""What the tests of the search index ask."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from collector.query import parse
from collector.store.reads.calls import list_calls
from collector.store.reads.traces import count_traces, list_traces
from collector.store.records import Lifetimes, Scope, TraceFilter
from collector.store.rows import SpanRow
from collector.store.search_fill import fill_search
from tests.conftest import SCOPE
from tests.store.rows import span

LIFETIMES = Lifetimes(content_days=30, traces_days=90, ledger_months=25)


def at_once(_seconds: float) -> bool:
    return False


def saying(number: int, words: str, **changes: Any) -> tuple[SpanRow, str]:
    return span(number, **{"kind": "llm", **changes, "service": words[:20]}), words


def fill(writer: Engine, reader: Engine) -> int:
    return fill_search(writer, reader, at_once)


def traces(reader: Engine, query: str, scope: Scope = SCOPE) -> set[str]:
    wanted = TraceFilter(query=parse(query))
    found = {trace.trace_id for trace in list_traces(reader, scope, wanted).traces}
    assert count_traces(reader, scope, wanted).total == len(found)
    return found


def calls(reader: Engine, query: str) -> set[str]:
    return {call.span_id for call in list_calls(reader, SCOPE, TraceFilter(query=parse(query)), "llm").calls}
