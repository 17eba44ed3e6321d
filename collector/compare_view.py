"""Two stored traces compared, with what their spans said."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from collector.analysis.changes import Change, content_changes
from collector.analysis.comparison import Comparison, align_spans, compare
from collector.analysis.contents import Content, content_of
from collector.analysis.spread import NormalSpread, spread_of
from collector.detail import read_detail
from collector.store.reads.neighbours import GOOD, list_earlier_runs
from collector.store.reads.spans import list_spans
from collector.store.reads.stored_spans import MOST_SPANS, list_stored_spans
from collector.store.records import Scope, SpanRecord, TraceSummary

MOST_PAIRS = 3_000
"""Of which the content is compared, the earliest of the tree."""
MOST_BYTES = 64 * 2**20
"""Of content read; what comes after counts as not compared."""
SPREAD_RUNS = 50

Matched = Sequence[tuple[SpanRecord, SpanRecord]]
Told = dict[tuple[str, str], tuple[Change, ...]]


def read_comparison(engine: Engine, scope: Scope, a_id: str, b_id: str) -> Comparison:
    """Traces that aren't there have no spans."""
    a_spans = list_spans(engine, scope, a_id)
    b_spans = a_spans if a_id == b_id else list_spans(engine, scope, b_id)
    aligned = align_spans(a_spans, b_spans)
    matched = aligned.matched()
    if a_id == b_id:
        return compare(aligned, {(a.span_id, b.span_id): () for a, b in matched})
    return compare(aligned, _told(engine, scope, matched[:MOST_PAIRS]))


def normal_spread(engine: Engine, scope: Scope, a: TraceSummary, b: TraceSummary) -> NormalSpread:
    """Around the later of the two, so that it is the same for (b, a)."""
    later = max(a, b, key=lambda trace: (trace.start_ns, trace.trace_id))
    runs = list_earlier_runs(engine, scope, later, limit=SPREAD_RUNS + 1, outcomes=GOOD)
    others = [run for run in runs if run.trace_id not in (a.trace_id, b.trace_id)][:SPREAD_RUNS]
    return NormalSpread(
        duration_ms=spread_of(run.duration_ms for run in others),
        cost_usd=spread_of(run.cost_usd for run in others if not run.unpriced_spans),
        tokens=spread_of(run.total_tokens for run in others),
        runs=len(others),
    )


def _told(engine: Engine, scope: Scope, matched: Matched) -> Told:
    """A few at a time, so that two long conversations need not fit into memory."""
    told: Told = {}
    left_bytes = MOST_BYTES
    for at in range(0, len(matched), MOST_SPANS):
        some = matched[at : at + MOST_SPANS]
        (a, a_bytes), (b, b_bytes) = (_contents(engine, scope, side) for side in zip(*some, strict=True))
        for left, right in some:
            if left.span_id in a and right.span_id in b:
                changes = content_changes(a[left.span_id], b[right.span_id])
                told[left.span_id, right.span_id] = tuple(changes)
        left_bytes -= a_bytes + b_bytes
        if left_bytes < 0:
            break
    return told


def _contents(engine: Engine, scope: Scope, spans: Sequence[SpanRecord]) -> tuple[dict[str, Content], int]:
    stored = list_stored_spans(engine, scope, spans)
    contents = {span.record.span_id: content_of(read_detail(span)) for span in stored}
    return contents, sum(len(span.span or b"") for span in stored)
