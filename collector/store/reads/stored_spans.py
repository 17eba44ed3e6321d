"""Many spans of one trace with their payloads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, and_, func, select

from collector.store.engine import reading
from collector.store.payloads import decompress, decompressor
from collector.store.reads.spans import LOG, PAYLOAD, RESOURCE_SCOPE
from collector.store.records import Scope, SpanRecord, StoredSpan

MOST_SPANS = 500
"""In one call."""


def list_stored_spans(engine: Engine, scope: Scope, spans: Sequence[SpanRecord]) -> tuple[StoredSpan, ...]:
    """The payloads of these spans of one trace, at most MOST_SPANS of them, without scores.

    A span whose payload is not kept any more is left out.
    """
    known = {span.span_id: span for span in spans[:MOST_SPANS]}
    if not known:
        return ()
    trace_id = spans[0].trace_id
    same = and_(PAYLOAD.c.project_id.in_(scope), PAYLOAD.c.trace_id == trace_id, PAYLOAD.c.span_id.in_(known))
    with reading(engine) as connection:
        rows = connection.execute(
            select(PAYLOAD.c.span_id, PAYLOAD.c.span, PAYLOAD.c.resource_scope_id).where(same)
        ).all()
        sent_under = _sent_under(connection, {row.resource_scope_id for row in rows})
        logs = _logs(connection, scope, trace_id, known)
    inflate = decompressor()
    return tuple(
        StoredSpan(
            known[row.span_id],
            inflate(row.span),
            sent_under[row.resource_scope_id],
            tuple(logs.get(row.span_id, ())),
        )
        for row in rows
    )


def _sent_under(connection: Connection, ids: set[bytes]) -> dict[bytes, bytes]:
    query = select(RESOURCE_SCOPE).where(RESOURCE_SCOPE.c.resource_scope_id.in_(ids))
    return {row.resource_scope_id: decompress(row.content) for row in connection.execute(query)}


def _logs(connection: Connection, scope: Scope, trace_id: str, span_ids: Iterable[str]) -> dict[str, list[bytes]]:
    found: defaultdict[str, list[bytes]] = defaultdict(list)
    of_spans = and_(LOG.c.project_id.in_(scope), LOG.c.trace_id == trace_id, LOG.c.span_id.in_(span_ids))
    of_spans = and_(of_spans, func.length(LOG.c.record) > 0)
    query = select(LOG.c.span_id, LOG.c.record).where(of_spans).order_by(LOG.c.time_ns, LOG.c.log_id)
    for row in connection.execute(query):
        found[row.span_id].append(decompress(row.record))
    return found
