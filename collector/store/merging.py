"""What a group of batches changes of what is stored, worked out before anything is written. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from collector.store.batch import Batch, WriteResult
from collector.store.logs import StoredLogs
from collector.store.packing import PayloadKey, Piece
from collector.store.rows import LogRow, ScoreRow, SpanRow
from collector.store.selecting import TraceKey
from collector.store.settling import StoredSpans


@dataclass(slots=True)
class Change:
    spans: dict[tuple[str, str, str], SpanRow] = field(default_factory=dict)
    known: set[tuple[str, str, str]] = field(default_factory=set)
    """Those of the spans that are stored already: they are replaced."""
    payloads: dict[PayloadKey, Piece] = field(default_factory=dict)
    """What the spans were received as; of spans that were there before, none."""
    received: list[SpanRow] = field(default_factory=list)
    """Those of the spans that were not there before, or unfinished."""
    conflicts: list[SpanRow] = field(default_factory=list)
    logs: list[LogRow] = field(default_factory=list)
    joined: list[LogRow] = field(default_factory=list)
    """Stored log records whose span has come now."""
    scores: list[ScoreRow] = field(default_factory=list)
    touched: set[TraceKey] = field(default_factory=set)
    left: list[SpanRow] = field(default_factory=list)
    """Unfinished spans as they were before they were replaced."""

    @property
    def is_empty(self) -> bool:
        return not (self.spans or self.conflicts or self.logs or self.scores)

    @property
    def is_visible(self) -> bool:
        """Whether a reader could see the difference; nobody sees a log record that waits."""
        return bool(self.touched or self.conflicts or self.scores)

    def keys_of_texts(self) -> set[TraceKey]:
        """Traces that say something new; prices and decisions change no text."""
        spans = {(span.project_id, span.trace_id) for span in self.received}
        logs = {(log.project_id, log.trace_id) for some in (self.logs, self.joined) for log in some}
        return spans | (logs & self.touched)


def merge_spans(batch: Batch, traces: StoredSpans, change: Change, result: WriteResult) -> None:
    """Puts the batch's spans into `traces` and notes what is new in `change`."""
    for span in batch.spans:
        project_id, trace_id, span_id = span.project_id, span.trace_id, span.span_id
        trace = traces[project_id, trace_id]
        stored = trace.get(span_id)
        if stored is None or _replaces(span, stored):
            trace[span_id] = span
            span_key = project_id, trace_id, span_id
            if stored is not None:
                change.left.append(stored)
                if span_key not in change.spans:
                    change.known.add(span_key)
            change.spans[span_key] = span
            change.received.append(span)
            key = project_id, trace_id, span.payload_id or span_id
            if payload := batch.payloads.get(key):
                change.payloads[key] = payload
            if batch.event_scores:
                change.scores += batch.event_scores.get(span.content_hash, ())
            change.touched.add((project_id, trace_id))
            result.stored += 1
        elif stored.content_hash == span.content_hash or span.pending:
            result.duplicates += 1
        else:
            change.conflicts.append(span)
            result.conflicts += 1


def merge_logs(batch: Batch, logs: StoredLogs, change: Change, result: WriteResult) -> None:
    for log in batch.logs:
        known = logs[log.project_id, log.trace_id]
        if (log.span_id, log.log_id) in known:
            result.duplicates += 1
            continue
        log.waiting = True  # a commit that failed may have thought otherwise
        known[log.span_id, log.log_id] = log
        change.logs.append(log)
        change.scores += batch.event_scores.get(log.log_id, ())
        result.stored += 1


def merge_scores(batch: Batch, known: set[tuple[str, str, str]], change: Change, result: WriteResult) -> None:
    for score in batch.scores:
        key = (score.project_id, score.trace_id, score.score_id)
        if key in known:
            result.replaced += 1
        else:
            result.stored += 1
        known.add(key)
        change.scores.append(score)


def join(batch: Batch, traces: StoredSpans, logs: StoredLogs, change: Change, result: WriteResult) -> None:
    """Ends the waiting of log records whose span is there."""
    for key in batch.trace_keys():
        for log in logs[key].values():
            if log.waiting and log.span_id in traces[key]:
                log.waiting = False
                change.joined.append(log)
                change.touched.add(key)
                result.joined += 1


def _replaces(newcomer: SpanRow, stored: SpanRow) -> bool:
    """Whether the stored span is unfinished and the newcomer says more."""
    if newcomer.content_hash == stored.content_hash or newcomer.pending:
        return False
    return bool(stored.pending) or stored.end_ns is None
