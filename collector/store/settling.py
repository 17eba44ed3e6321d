"""From stored spans to what follows from them: a trace whole, or only where new spans reach."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterable, MutableMapping
from contextlib import suppress

from sqlalchemy import Connection

from collector.store.counting import decide_counted
from collector.store.logs import with_logs
from collector.store.long_traces import LONG, LongTrace, LongTraces, Unsure
from collector.store.models import Span
from collector.store.rows import LogRow, SpanRow
from collector.store.selecting import TraceKey, rows_of_traces
from collector.store.summary import Tally

StoredSpans = dict[TraceKey, MutableMapping[str, SpanRow]]
"""Of each trace, span_id -> span. Of one that is remembered, a ChainMap: what is new, over what was there."""
Settled = tuple[list[SpanRow], Tally]
"""Spans whose decision changed, and what the trace's rows are made of: a LongTrace where it is worth remembering."""


class Known(ChainMap[str, SpanRow]):
    """The spans of a remembered trace under those that come now."""

    def __init__(self, trace: LongTrace) -> None:
        super().__init__({}, trace.by_id)
        self.trace = trace


def find_traces(connection: Connection, keys: Collection[TraceKey], long_traces: LongTraces) -> StoredSpans:
    """The spans of the traces: what is remembered of them as it is stored, the others loaded."""
    asked = set(keys).intersection(long_traces)
    known: StoredSpans = {}
    for project_id, trace_id, revision in rows_of_traces(
        connection, "trace", ("project_id", "trace_id", "revision"), asked
    ):
        if trace := long_traces.get((project_id, trace_id), revision):
            known[project_id, trace_id] = Known(trace)
    return known | load_traces(connection, set(keys) - known.keys())


def load_traces(connection: Connection, keys: Iterable[TraceKey]) -> StoredSpans:
    traces: StoredSpans = {key: {} for key in keys}
    columns = [column.name for column in Span.__table__.columns]  # type: ignore[attr-defined]
    for values in rows_of_traces(connection, "span", columns, traces):
        span = SpanRow(**dict(zip(columns, values, strict=True)))
        traces[span.project_id, span.trace_id][span.span_id] = span
    return traces


def settle(spans: MutableMapping[str, SpanRow], logs: Collection[LogRow]) -> Settled:
    """What follows from a trace's spans: the short way where the trace is remembered, else the whole way."""
    if isinstance(spans, Known) and not logs and not spans.maps[0].keys() & spans.trace.by_id.keys():
        with suppress(Unsure):
            return spans.trace.add(list(spans.maps[0].values())), spans.trace
    whole = list(({**spans} if isinstance(spans, Known) else spans).values())
    changed = decide_counted(whole)
    if len(whole) >= LONG and not logs:
        with suppress(Unsure):
            return changed, LongTrace(whole)
    return changed, Tally(with_logs(whole, logs), whole)
