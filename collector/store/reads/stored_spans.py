"""Many spans of one trace with their payloads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, and_, func, select

from collector.store.engine import reading
from collector.store.payloads import decompress
from collector.store.reads.contents import PLACE, SPAN, contents_of
from collector.store.reads.spans import LOG
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
    of_spans = and_(SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id, SPAN.c.span_id.in_(known))
    with reading(engine) as connection:
        contents = contents_of(connection, connection.execute(select(*PLACE).where(of_spans)).mappings())
        logs = _logs(connection, scope, trace_id, known)
    return tuple(
        StoredSpan(known[span_id], content.span, content.resource_scope, tuple(logs.get(span_id, ())))
        for (_, _, span_id), content in contents.items()
    )


def _logs(connection: Connection, scope: Scope, trace_id: str, span_ids: Iterable[str]) -> dict[str, list[bytes]]:
    found: defaultdict[str, list[bytes]] = defaultdict(list)
    of_spans = and_(LOG.c.project_id.in_(scope), LOG.c.trace_id == trace_id, LOG.c.span_id.in_(span_ids))
    of_spans = and_(of_spans, func.length(LOG.c.record) > 0)
    query = select(LOG.c.span_id, LOG.c.record).where(of_spans).order_by(LOG.c.time_ns, LOG.c.log_id)
    for row in connection.execute(query):
        found[row.span_id].append(decompress(row.record))
    return found
