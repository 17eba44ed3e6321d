"""The calls of one tool, with their payloads: a page at a time."""

from __future__ import annotations

from sqlalchemy import Engine, and_, or_, select

from collector.store.engine import reading
from collector.store.payloads import decompress
from collector.store.reads.spans import PAYLOAD, RESOURCE_SCOPE, SPAN, record_of
from collector.store.records import Period, Scope, StoredSpan

PAGE_CALLS = 50

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
    same_span = and_(*(PAYLOAD.c[name] == SPAN.c[name] for name in ("project_id", "trace_id", "span_id")))
    sent_under = RESOURCE_SCOPE.c.resource_scope_id == PAYLOAD.c.resource_scope_id
    wanted = [
        SPAN.c.project_id.in_(scope),
        SPAN.c.kind == "tool",
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
    query = (
        select(SPAN, PAYLOAD.c.span.label("payload"), RESOURCE_SCOPE.c.content.label("resource_scope"))
        .select_from(SPAN.join(PAYLOAD, same_span).join(RESOURCE_SCOPE, sent_under))
        .where(*wanted)
        .order_by(SPAN.c.start_ns.desc(), SPAN.c.span_id.desc())
        .limit(PAGE_CALLS)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(
        StoredSpan(record_of(row), decompress(row["payload"]), decompress(row["resource_scope"])) for row in rows
    )
