"""Which file for which format, and the rows that go into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from sqlalchemy import Engine

from collector.errors import BadQuery
from collector.export.otlp import logs_line, trace_line
from collector.export.tables import csv_lines, json_pieces
from collector.store.reads.calls import CallKind, list_calls
from collector.store.reads.payloads import list_logs, list_payloads, list_without_content
from collector.store.reads.traces import list_traces
from collector.store.records import Call, Scope, TraceFilter, TraceSummary

Listing = Literal["traces", "llm", "tool"]
LISTINGS: tuple[Listing, ...] = ("traces", "llm", "tool")
FORMATS = ("csv", "json", "otlp")
_ROWS_A_READ = 500
_MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "otlp": "application/x-ndjson"}
_ENDINGS = {"csv": "csv", "json": "json", "otlp": "otlp.jsonl"}


@dataclass(frozen=True, slots=True)
class File:
    name: str
    media_type: str
    pieces: Iterator[bytes]


def export_file(engine: Engine, scope: Scope, wanted: TraceFilter, listing: str, format: str) -> File:
    """The file of everything that `wanted` means, newest first. Its first rows are read at once.

    Raises BadQuery, and StoreUnavailable while nothing has been written yet; later the pieces do.
    """
    if format not in FORMATS:
        raise BadQuery(f"format: expected one of {', '.join(FORMATS)}")
    known = next((known for known in LISTINGS if known == listing), None)
    if known is None:
        raise BadQuery(f"list: expected one of {', '.join(LISTINGS)}")
    pieces = _started(_pieces(engine, scope, wanted, known, format))
    return File(f"msgtrace-{known}.{_ENDINGS[format]}", _MEDIA_TYPES[format], pieces)


def _pieces(engine: Engine, scope: Scope, wanted: TraceFilter, listing: Listing, format: str) -> Iterator[bytes]:
    if listing == "traces":
        traces = traces_of(engine, scope, wanted)
        if format == "otlp":
            return _otlp(engine, ((trace.project, trace.trace_id) for trace in traces))
        return csv_lines(traces, TraceSummary) if format == "csv" else json_pieces(traces)
    calls = _calls(engine, scope, wanted, listing)
    if format == "otlp":
        return _otlp(engine, _each_once((call.project, call.trace_id) for call in calls))
    return csv_lines(calls, Call) if format == "csv" else json_pieces(calls)


def traces_of(
    engine: Engine, scope: Scope, wanted: TraceFilter, *, sort: str = "-start_ns", cursor: str | None = None
) -> Iterator[TraceSummary]:
    """All that `wanted` means, read page by page, behind the cursor if one is given."""
    while True:
        page = list_traces(engine, scope, wanted, sort=sort, limit=_ROWS_A_READ, cursor=cursor)
        yield from page.traces
        cursor = page.next_cursor
        if cursor is None:
            return


def _calls(engine: Engine, scope: Scope, wanted: TraceFilter, kind: CallKind) -> Iterator[Call]:
    cursor: str | None = None
    while True:
        page = list_calls(engine, scope, wanted, kind, limit=_ROWS_A_READ, cursor=cursor)
        yield from page.calls
        cursor = page.next_cursor
        if cursor is None:
            return


def _otlp(engine: Engine, keys: Iterable[tuple[str, str]]) -> Iterator[bytes]:
    for project_id, trace_id in keys:
        yield from trace_lines(engine, Scope((project_id,)), trace_id)


def trace_lines(engine: Engine, scope: Scope, trace_id: str) -> Iterator[bytes]:
    """The trace's spans, and in a line of their own the log records that came for them, if there are any."""
    yield trace_line(list_payloads(engine, scope, trace_id), list_without_content(engine, scope, trace_id))
    if logs := logs_line(list_logs(engine, scope, trace_id)):
        yield logs


def _each_once(keys: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The traces of calls; only their ids are kept."""
    seen: set[tuple[str, str]] = set()
    for key in keys:
        if key not in seen:
            seen.add(key)
            yield key


def _started(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the first one read already: a fault that can be answered is met before the answer begins."""
    first = next(pieces, b"")
    return chain((first,), pieces)
