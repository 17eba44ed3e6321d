"""One transaction: spans, payloads, log records, scores, decisions, trace rows and ledger lines together, or none."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, Engine

from collector.store.batch import Batch, WriteResult
from collector.store.dialect import announce_change, lock_traces, placeholder
from collector.store.error_groups import note_errors
from collector.store.logs import (
    DEFAULT_MAX_WAITING,
    StoredLogs,
    drop_waiting,
    end_waiting,
    load_logs,
)
from collector.store.long_traces import LongTrace, LongTraces
from collector.store.merging import Change, join, merge_logs, merge_scores, merge_spans
from collector.store.models import (
    ChangeCounter,
    LogRecord,
    ResourceScope,
    Score,
    Span,
    SpanConflict,
    SpanPrice,
)
from collector.store.packing import Bases
from collector.store.rolling import forget_sums, stretches_of, stretches_of_traces
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.search_index import mark_for_search
from collector.store.selecting import TraceKey, rows_of_traces, sealed_traces
from collector.store.settling import StoredSpans, find_traces, load_traces, settle
from collector.store.span_prices import prices_of
from collector.store.texts import fill_texts
from collector.store.writes import (
    drop_rows,
    insert_payloads,
    insert_rows,
    replace_ledger,
    replace_traces,
    update_decisions,
)

Row = TypeVar("Row")
_COUNTER_SLOT = random.randrange(256)
"""Writers bump different rows of the change counter, so that they don't wait for each other."""


def commit(
    engine: Engine,
    batches: Sequence[Batch],
    *,
    max_waiting_logs: int = DEFAULT_MAX_WAITING,
    remembered: LongTraces | None = None,
    bases: Bases | None = None,
) -> list[WriteResult]:
    """Stores the batches in one transaction; returns after COMMIT, one result a batch.

    A span that is there already is left alone, unless the stored one is unfinished. A log record joins its span,
    whichever comes first; `max_waiting_logs` may wait for theirs. remembered: the writer's own long traces. bases: is
    told of the payloads that are stored. Raises what the driver raises, with nothing stored.
    """
    keys = {key for batch in batches for key in batch.trace_keys()}
    long_traces = LongTraces() if remembered is None else remembered
    try:
        results, change = _commit(engine, batches, keys, max_waiting_logs, long_traces)
    except BaseException:  # what was taken in is not stored
        long_traces.forget(keys)
        raise
    if bases is not None:
        bases.note(change.payloads.values())
    return results


def _commit(
    engine: Engine, batches: Sequence[Batch], keys: set[TraceKey], max_waiting_logs: int, long_traces: LongTraces
) -> tuple[list[WriteResult], Change]:
    with engine.begin() as connection:
        lock_traces(connection, keys)
        traces, logs = find_traces(connection, keys, long_traces), load_logs(connection, keys)
        score_ids = _load_score_ids(connection, batches)
        change = Change()
        results: list[WriteResult] = []
        for batch in batches:
            result = WriteResult()
            merge_spans(batch, traces, change, result)
            merge_logs(batch, logs, change, result)
            merge_scores(batch, score_ids, change, result)
            join(batch, traces, logs, change, result)
            results.append(result)
        if not change.is_empty:
            _write(connection, batches, traces, logs, change, long_traces)
        if change.logs:
            newest_ns = max(log.received_ns for log in change.logs)
            results[-1].dropped += drop_waiting(connection, now_ns=newest_ns, most=max_waiting_logs)
    return results, change


def recompute(
    engine: Engine, keys: Collection[TraceKey], change_spans: Callable[[Sequence[SpanRow]], Sequence[SpanRow]]
) -> int:
    """Changes stored spans and all that follows from them in one transaction; returns how many spans changed.

    change_spans: is handed the spans of one trace, changes some in place and returns those. Raises what the driver
    raises, with nothing changed.
    """
    with engine.begin() as connection:
        lock_traces(connection, keys)
        traces, logs = load_traces(connection, keys), load_logs(connection, keys)
        change = Change()
        for key, spans in traces.items():
            for span in change_spans(list(spans.values())):
                change.spans[span.project_id, span.trace_id, span.span_id] = span
                change.known.add((span.project_id, span.trace_id, span.span_id))
                change.touched.add(key)
        if change.spans:
            _write(connection, [], traces, logs, change, LongTraces())
    return len(change.spans)


def recount(engine: Engine, keys: Collection[TraceKey]) -> None:
    """Makes decisions, rows and unsealed ledger lines of the traces anew from their spans, in one transaction.

    What stands for a trace without spans is removed. Raises what the driver raises, with nothing changed.
    """
    with engine.begin() as connection:
        lock_traces(connection, keys)
        traces, logs = load_traces(connection, keys), load_logs(connection, keys)
        change = Change(touched={key for key, spans in traces.items() if spans})
        gone = [key for key in keys if key not in change.touched]
        stretches = stretches_of_traces(connection, gone)
        drop_rows(connection, "trace", gone)
        forget_sums(connection, stretches)
        replace_ledger(connection, set(gone) - sealed_traces(connection, gone), [])
        mark_for_search(connection, keys)
        _write(connection, [], traces, logs, change, LongTraces())


def _write(
    connection: Connection,
    batches: Sequence[Batch],
    traces: StoredSpans,
    logs: StoredLogs,
    change: Change,
    long_traces: LongTraces,
) -> None:
    scopes = {scope.resource_scope_id: scope for batch in batches for scope in batch.resource_scopes}
    insert_rows(connection, ResourceScope, [scopes[key] for key in sorted(scopes)], ignore_existing=True)
    # By key: what lies together is written together, and two writers never wait for each other.
    insert_rows(connection, SpanPrice, prices_of(change.spans.values()), ignore_existing=True)
    insert_payloads(connection, _by_key(change.payloads))
    redecided, summaries, ledger = _settle(connection, traces, logs, change, long_traces)
    insert_rows(connection, Span, [row for row in _by_key(change.spans) if _key(row) not in change.known])
    insert_rows(connection, Span, [change.spans[key] for key in sorted(change.known)], replace=True)
    insert_rows(connection, SpanConflict, change.conflicts, ignore_existing=True)
    update_decisions(connection, redecided)
    insert_rows(connection, LogRecord, change.logs)
    end_waiting(connection, change.joined)
    scores = {(score.project_id, score.trace_id, score.score_id): score for score in change.scores}
    insert_rows(connection, Score, _by_key(scores), replace=True)
    stretches = stretches_of_traces(connection, change.touched)
    replace_traces(connection, summaries)
    stretches |= stretches_of(summaries) | stretches_of(change.spans.values()) | stretches_of(change.left)
    forget_sums(connection, stretches)
    replace_ledger(connection, change.touched - sealed_traces(connection, change.touched), ledger)
    note_errors(connection, change.received)
    mark_for_search(connection, change.keys_of_texts())
    if change.is_visible:
        bump_counter(connection)


def _settle(
    connection: Connection, traces: StoredSpans, logs: StoredLogs, change: Change, long_traces: LongTraces
) -> tuple[list[SpanRow], list[TraceRow], list[UsageRow]]:
    """Stored spans whose decision changed, and the rows and ledger lines of the traces. Payloads have to be stored: one
    may bring back what a row does without."""
    settled = {key: settle(traces[key], logs[key].values()) for key in sorted(change.touched)}
    fill_texts(connection, [tally for _, tally in settled.values()])
    redecided: list[SpanRow] = []
    summaries: list[TraceRow] = []
    ledger: list[UsageRow] = []
    revision = random.getrandbits(63)
    for key, (changed, tally) in settled.items():
        redecided += (span for span in changed if _key(span) not in change.spans)
        summary, lines = tally.rows()
        summary.revision = revision
        summaries.append(summary)
        ledger += lines
        if isinstance(tally, LongTrace):
            long_traces.remember(key, revision, tally)
        else:
            long_traces.forget([key])
    return redecided, summaries, ledger


def _key(span: SpanRow) -> tuple[str, str, str]:
    return span.project_id, span.trace_id, span.span_id


def _by_key(rows: Mapping[tuple[str, str, str], Row]) -> list[Row]:
    return [rows[key] for key in sorted(rows)]


def _load_score_ids(connection: Connection, batches: Sequence[Batch]) -> set[tuple[str, str, str]]:
    """(project_id, trace_id, score_id) of what is stored of the traces that scores were sent for."""
    keys = {(score.project_id, score.trace_id) for batch in batches for score in batch.scores}
    found = rows_of_traces(connection, "score", ("project_id", "trace_id", "score_id"), keys)
    return {(row[0], row[1], row[2]) for row in found}


def bump_counter(connection: Connection) -> None:
    """Part of every change that a page could show, in its transaction."""
    mark = placeholder(connection.dialect)
    table = str(ChangeCounter.__tablename__)
    connection.exec_driver_sql(
        f"INSERT INTO {table} (id, version) VALUES ({mark}, 1)"  # noqa: S608
        f" ON CONFLICT (id) DO UPDATE SET version = {table}.version + 1",
        (_COUNTER_SLOT,),
    )
    announce_change(connection)
