"""Which spans a long trace's row has its texts from: retention takes theirs last, so that the row is never behind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Table, select

from collector.store.logs import load_logs, with_logs
from collector.store.models import Span
from collector.store.rows import LogRow, SpanRow
from collector.store.selecting import TraceKey, rows_of_ids
from collector.store.summary import Tally
from collector.store.turns import Turns

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
_COLUMNS = (
    "project_id", "trace_id", "span_id", "parent_span_id", "name", "kind", "start_ns", "end_ns", "received_ns",
    "pending", "input_preview", "output_preview", "payload_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spared:
    """What is taken last of a trace."""

    span_ids: frozenset[str] = frozenset()
    payload_ids: frozenset[str] = frozenset()
    """Those that hold the content of the spans, with all that they are compressed against."""


def find_speakers(turns: Turns, key: TraceKey) -> Spared:
    """Read in turns; a span that comes meanwhile makes the trace young, and it is left alone."""
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
            return _spared(turns, key, spans, logs) if spans else Spared()


def _spared(turns: Turns, key: TraceKey, spans: list[SpanRow], logs: Collection[LogRow]) -> Spared:
    speakers = {span.span_id: span for span in Tally(with_logs(spans, logs)).speakers() if span}
    found: set[str] = set()
    lacking = {span.payload_id or span.span_id for span in speakers.values()}
    with turns.turn() as connection:
        while lacking:
            found |= lacking
            ids = [(*key, payload_id) for payload_id in sorted(lacking)]
            bases = rows_of_ids(connection, "span_payload", "payload_id", ("base_id",), ids)
            lacking = {base_id for (base_id,) in bases if base_id is not None} - found
        turns.done = len(found)
    return Spared(frozenset(speakers), frozenset(found))
