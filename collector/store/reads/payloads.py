"""The spans of a trace as they were received."""

from __future__ import annotations

from sqlalchemy import Engine, select

from collector.store.engine import reading
from collector.store.payloads import decompress
from collector.store.reads.spans import PAYLOAD, RESOURCE_SCOPE, SPAN
from collector.store.records import Payload, Scope


def list_payloads(engine: Engine, scope: Scope, trace_id: str) -> tuple[Payload, ...]:
    """By start time; empty when there is no such trace."""
    same_span = (
        (PAYLOAD.c.project_id == SPAN.c.project_id)
        & (PAYLOAD.c.trace_id == SPAN.c.trace_id)
        & (PAYLOAD.c.span_id == SPAN.c.span_id)
    )
    sent_under = RESOURCE_SCOPE.c.resource_scope_id == PAYLOAD.c.resource_scope_id
    query = (
        select(PAYLOAD.c.span, RESOURCE_SCOPE.c.content)
        .select_from(SPAN.join(PAYLOAD, same_span).join(RESOURCE_SCOPE, sent_under))
        .where(SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id)
        .order_by(SPAN.c.start_ns, SPAN.c.span_id)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return tuple(Payload(span=decompress(span), resource_scope=decompress(content)) for span, content in rows)
