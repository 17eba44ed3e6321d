"""The spans and log records of a trace as they were received."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from collector.store.engine import reading
from collector.store.payloads import decompress
from collector.store.reads.contents import PAYLOAD, PLACE, RESOURCE_SCOPE, SPAN, contents_of, in_payload
from collector.store.reads.spans import LOG, RECORD, SPANS, record_of
from collector.store.records import Payload, Scope, SpanRecord


def list_payloads(engine: Engine, scope: Scope, trace_id: str) -> tuple[Payload, ...]:
    """By start time; empty when there is no such trace."""
    query = select(*PLACE).where(SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(SPAN.c.start_ns, SPAN.c.span_id)).mappings().all()
        contents = contents_of(connection, rows)
    keys = ((row["project_id"], row["trace_id"], row["span_id"]) for row in rows)
    return tuple(contents[key] for key in keys if key in contents)


def list_logs(engine: Engine, scope: Scope, trace_id: str) -> tuple[Payload, ...]:
    """Log records that came for the trace, by time; those whose content is no longer kept are left out."""
    sent_under = RESOURCE_SCOPE.c.resource_scope_id == LOG.c.resource_scope_id
    query = (
        select(LOG.c.record, RESOURCE_SCOPE.c.content)
        .select_from(LOG.join(RESOURCE_SCOPE, sent_under))
        .where(LOG.c.project_id.in_(scope), LOG.c.trace_id == trace_id, func.length(LOG.c.record) > 0)
        .order_by(LOG.c.time_ns, LOG.c.log_id)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return tuple(Payload(span=decompress(record), resource_scope=decompress(content)) for record, content in rows)


def list_without_content(engine: Engine, scope: Scope, trace_id: str) -> tuple[SpanRecord, ...]:
    """The spans of a trace whose content is no longer kept, by start time."""
    query = (
        select(*RECORD)
        .select_from(SPANS.outerjoin(PAYLOAD, in_payload()))
        .where(SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id, PAYLOAD.c.payload_id.is_(None))
        .order_by(SPAN.c.start_ns, SPAN.c.span_id)
    )
    with reading(engine) as connection:
        return tuple(record_of(row) for row in connection.execute(query).mappings())
