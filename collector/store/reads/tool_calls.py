"""Many spans with their payloads: the calls of one tool, a page at a time, and the roots of traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, TextClause, and_, or_, select, text

from collector.store.engine import reading
from collector.store.models.spans import IS_TOOL
from collector.store.reads.contents import SPAN, contents_of
from collector.store.reads.spans import RECORD, SPANS, content_of, record_of
from collector.store.records import Period, Scope, StoredSpan

PAGE_CALLS = 50
OF_TOOLS = text(IS_TOOL)
"""In the words of the partial index, by which SQLite knows that it may use it."""

Place = tuple[int, str]
"""start_ns and span_id of the last call of a page."""


def list_calls(
    engine: Engine,
    scope: Scope,
    tool_name: str,
    period: Period,
    environment: str | None = None,
    *,
    only_errors: bool = False,
    after: Place | None = None,
) -> tuple[StoredSpan, ...]:
    """PAGE_CALLS calls that began in the period, the newest first, from the one behind `after` on.

    only_errors: those that failed or returned an error.
    """
    wanted: list[ColumnElement[bool] | TextClause] = [
        SPAN.c.project_id.in_(scope),
        OF_TOOLS,
        SPAN.c.tool_name == tool_name,
        SPAN.c.start_ns >= period.start_ns,
        SPAN.c.start_ns < period.end_ns,
    ]
    if environment:
        wanted.append(SPAN.c.environment == environment)
    if only_errors:
        wanted.append(or_(SPAN.c.status == "error", SPAN.c.returned_error.is_not(None)))
    if after:
        start_ns, span_id = after
        earlier = or_(SPAN.c.start_ns < start_ns, and_(SPAN.c.start_ns == start_ns, SPAN.c.span_id < span_id))
        wanted.append(and_(SPAN.c.start_ns <= start_ns, earlier))
    newest = select(*RECORD).select_from(SPANS).where(*wanted).order_by(SPAN.c.start_ns.desc(), SPAN.c.span_id.desc())
    with reading(engine) as connection:
        return _stored(connection, newest.limit(PAGE_CALLS))


def list_roots(engine: Engine, scope: Scope, trace_ids: Sequence[str]) -> tuple[StoredSpan, ...]:
    """Spans without a parent of some traces, not more than a query can name; without log records and scores."""
    roots = (
        select(*RECORD)
        .select_from(SPANS)
        .where(SPAN.c.project_id.in_(scope), SPAN.c.trace_id.in_(trace_ids), SPAN.c.parent_span_id.is_(None))
    )
    with reading(engine) as connection:
        return _stored(connection, roots.order_by(SPAN.c.start_ns, SPAN.c.span_id))


def _stored(connection: Connection, query: Select[Any]) -> tuple[StoredSpan, ...]:
    rows = connection.execute(query).mappings().all()
    contents = contents_of(connection, rows)
    return tuple(StoredSpan(record_of(row), *content_of(row, contents)) for row in rows)
