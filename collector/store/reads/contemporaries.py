"""Spans that ran while a trace did, in the same service: where a parent that was never sent is looked for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select, tuple_

from collector.store.engine import reading
from collector.store.filters import TRACE
from collector.store.payloads import decompress
from collector.store.reads.contents import PAYLOAD, RESOURCE_SCOPE, SPAN, in_payload
from collector.store.reads.spans import RECORD, SPANS, record_of
from collector.store.records import Scope, SpanRecord, TraceSummary

LOOK_BACK_NS = 6 * 3600 * 10**9
"""A run that contains the trace began at most this long before it."""
MAX_SPANS = 5_000


@dataclass(frozen=True, slots=True)
class SentSpan:
    record: SpanRecord
    resource_scope: bytes
    """What the span was sent under: a serialised ResourceSpans with one ScopeSpans and no spans."""


def list_contemporaries(engine: Engine, scope: Scope, trace: TraceSummary) -> tuple[SentSpan, ...]:
    """Spans of the trace's service inside the longest run that contains the trace, by start time; at most MAX_SPANS."""
    if trace.end_ns is None or trace.service is None:
        return ()
    same_service = and_(TRACE.c.project_id.in_(scope), TRACE.c.service == trace.service)
    with reading(engine) as connection:
        start_ns, end_ns = _longest_around(connection, same_service, trace.start_ns, trace.end_ns)
        inside = and_(same_service, TRACE.c.start_ns >= start_ns, TRACE.c.start_ns <= end_ns, TRACE.c.end_ns <= end_ns)
        # Joined, SQLite may go through all spans of the project instead of those of few traces.
        of_traces = tuple_(SPAN.c.project_id, SPAN.c.trace_id).in_(
            select(TRACE.c.project_id, TRACE.c.trace_id).where(inside)
        )
        found = connection.execute(
            select(*RECORD, PAYLOAD.c.resource_scope_id)
            .select_from(SPANS.join(PAYLOAD, in_payload()))
            .where(of_traces)
            .order_by(SPAN.c.start_ns, SPAN.c.span_id)
            .limit(MAX_SPANS)
        ).mappings()
        rows = found.all()
        contents = _contents(connection, {row["resource_scope_id"] for row in rows})
    return tuple(SentSpan(record_of(row), contents[row["resource_scope_id"]]) for row in rows)


def _longest_around(
    connection: Connection, same_service: ColumnElement[bool], start_ns: int, end_ns: int
) -> tuple[int, int]:
    around = and_(
        same_service,
        TRACE.c.start_ns >= start_ns - LOOK_BACK_NS,
        TRACE.c.start_ns <= start_ns,
        TRACE.c.end_ns >= end_ns,
    )
    earliest, latest = connection.execute(
        select(func.min(TRACE.c.start_ns), func.max(TRACE.c.end_ns)).where(around)
    ).one()
    return (start_ns, end_ns) if earliest is None else (earliest, latest)


def _contents(connection: Connection, ids: set[bytes]) -> dict[bytes, bytes]:
    query = select(RESOURCE_SCOPE).where(RESOURCE_SCOPE.c.resource_scope_id.in_(ids))
    return {row.resource_scope_id: decompress(row.content) for row in connection.execute(query)}
