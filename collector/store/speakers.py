"""Which spans a long trace's row has its texts from: retention takes theirs last, so that the row is never behind."""

from __future__ import annotations

from sqlalchemy import Table, select

from collector.store.logs import load_logs, with_logs
from collector.store.models import Span
from collector.store.rows import SpanRow
from collector.store.selecting import TraceKey
from collector.store.summary import Tally
from collector.store.turns import Turns

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
_COLUMNS = (
    "project_id", "trace_id", "span_id", "parent_span_id", "name", "kind", "start_ns", "end_ns", "received_ns",
    "pending", "input_preview", "output_preview",
)  # fmt: skip


def find_speakers(turns: Turns, key: TraceKey) -> set[str]:
    """Their ids, read in turns; a span that comes meanwhile makes the trace young, and it is left alone."""
    spans: list[SpanRow] = []
    columns = [SPAN.c[name] for name in _COLUMNS]
    while True:
        with turns.turn() as connection:
            behind = SPAN.c.span_id > (spans[-1].span_id if spans else "")
            query = select(*columns).where(SPAN.c.project_id == key[0], SPAN.c.trace_id == key[1], behind)
            rows = connection.execute(query.order_by(SPAN.c.span_id).limit(turns.size)).mappings().all()
            logs = [] if rows else load_logs(connection, [key])[key].values()
            turns.done = len(rows)
        spans += [SpanRow(**row) for row in rows]
        if not rows:
            return Tally(with_logs(spans, logs)).speakers() if spans else set()
