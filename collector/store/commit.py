"""One transaction: spans, payloads, decisions, trace rows and ledger lines together, or none of them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from sqlalchemy import Connection, Engine, Table

from collector.store.counting import decide_counted
from collector.store.dialect import insert_statement, lock_traces, placeholder, upsert_statement
from collector.store.models import ChangeCounter, ResourceScope, Span, SpanConflict, SpanPayload, Trace, Usage
from collector.store.rows import PayloadRow, ResourceScopeRow, SpanRow, TraceRow, UsageRow
from collector.store.summary import summarise

TraceKey = tuple[str, str]
_KEYS_A_SELECT = 500
_COUNTER_SLOT = os.getpid() % 16
"""Writers bump different rows of the change counter, so that they don't wait for each other."""


@dataclass(slots=True)
class Batch:
    """What one request asks to be stored."""

    spans: list[SpanRow]
    payloads: list[PayloadRow]
    """One for each span, in the same order."""
    resource_scopes: list[ResourceScopeRow]
    size_bytes: int = 0


@dataclass(slots=True)
class WriteResult:
    stored: int = 0
    duplicates: int = 0
    """Sent before with the same content: nothing to do."""
    conflicts: int = 0
    """Sent before with other content: the first was kept."""
    rejected: list[str] = field(default_factory=list)
    """Why spans can't be stored, one reason each."""


@dataclass(slots=True)
class _Change:
    """What a group of batches changes, worked out before anything is written."""

    spans: dict[tuple[str, str, str], tuple[SpanRow, PayloadRow | None]] = field(default_factory=dict)
    """None for a payload that stays as it is."""
    conflicts: list[SpanRow] = field(default_factory=list)
    touched: set[TraceKey] = field(default_factory=set)


def commit(engine: Engine, batches: Sequence[Batch]) -> list[WriteResult]:
    """Stores the batches in one transaction; returns after COMMIT, one result a batch.

    A span that is there already is left alone, unless the stored one is unfinished. Raises what the driver
    raises, with nothing stored.
    """
    keys = {(span.project_id, span.trace_id) for batch in batches for span in batch.spans}
    with engine.begin() as connection:
        lock_traces(connection, keys)
        traces = load_traces(connection, keys)
        change = _Change()
        results = [_merge(batch, traces, change) for batch in batches]
        if change.spans or change.conflicts:
            _write(connection, batches, traces, change)
    return results


def recompute(
    engine: Engine, keys: Collection[TraceKey], change_spans: Callable[[Sequence[SpanRow]], Sequence[SpanRow]]
) -> int:
    """Changes stored spans and all that follows from them in one transaction; returns how many spans changed.

    change_spans: is handed the spans of one trace, changes some in place and returns those. Raises what the driver
    raises, with nothing changed.
    """
    with engine.begin() as connection:
        lock_traces(connection, keys)
        traces = load_traces(connection, keys)
        change = _Change()
        for key, spans in traces.items():
            for span in change_spans(list(spans.values())):
                change.spans[span.project_id, span.trace_id, span.span_id] = (span, None)
                change.touched.add(key)
        if change.spans:
            _write(connection, [], traces, change)
    return len(change.spans)


def _merge(batch: Batch, traces: dict[TraceKey, dict[str, SpanRow]], change: _Change) -> WriteResult:
    """Puts the batch's spans into `traces` and notes what is new in `change`."""
    result = WriteResult()
    for span, payload in zip(batch.spans, batch.payloads, strict=True):
        trace = traces[span.project_id, span.trace_id]
        stored = trace.get(span.span_id)
        if stored is None or _replaces(span, stored):
            trace[span.span_id] = span
            change.spans[span.project_id, span.trace_id, span.span_id] = (span, payload)
            change.touched.add((span.project_id, span.trace_id))
            result.stored += 1
        elif stored.content_hash == span.content_hash or span.pending:
            result.duplicates += 1
        else:
            change.conflicts.append(span)
            result.conflicts += 1
    return result


def _replaces(newcomer: SpanRow, stored: SpanRow) -> bool:
    """Whether the stored span is unfinished and the newcomer says more."""
    if newcomer.content_hash == stored.content_hash or newcomer.pending:
        return False
    return bool(stored.pending) or stored.end_ns is None


def _write(
    connection: Connection,
    batches: Sequence[Batch],
    traces: dict[TraceKey, dict[str, SpanRow]],
    change: _Change,
) -> None:
    new_keys = change.spans.keys()
    redecided: list[SpanRow] = []
    summaries: list[TraceRow] = []
    ledger: list[UsageRow] = []
    for key in change.touched:
        spans = list(traces[key].values())
        redecided += (s for s in decide_counted(spans) if (s.project_id, s.trace_id, s.span_id) not in new_keys)
        summary, lines = summarise(spans)
        summaries.append(summary)
        ledger += lines
    scopes = {scope.resource_scope_id: scope for batch in batches for scope in batch.resource_scopes}
    _insert(connection, ResourceScope, [scopes[key] for key in sorted(scopes)], ignore_existing=True)
    _insert(connection, SpanPayload, [payload for _, payload in change.spans.values() if payload], replace=True)
    _insert(connection, Span, [span for span, _ in change.spans.values()], replace=True)
    _insert(connection, SpanConflict, change.conflicts, ignore_existing=True)
    _update_decisions(connection, redecided)
    _insert(connection, Trace, summaries, replace=True)
    _replace_ledger(connection, change.touched, ledger)
    bump_counter(connection)


def _insert(
    connection: Connection,
    model: type[object],
    rows: Sequence[object],
    *,
    ignore_existing: bool = False,
    replace: bool = False,
) -> None:
    if not rows:
        return
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel doesn't declare it
    if replace:
        statement = upsert_statement(connection.dialect, table)
    else:
        statement = insert_statement(connection.dialect, table, ignore_existing=ignore_existing)
    values = attrgetter(*(column.name for column in table.columns))
    connection.exec_driver_sql(statement, [values(row) for row in rows])


def load_traces(connection: Connection, keys: Iterable[TraceKey]) -> dict[TraceKey, dict[str, SpanRow]]:
    """What is stored of the traces: (project_id, trace_id) -> span_id -> span."""
    traces: dict[TraceKey, dict[str, SpanRow]] = {key: {} for key in keys}
    by_project: defaultdict[str, list[str]] = defaultdict(list)
    for project_id, trace_id in traces:
        by_project[project_id].append(trace_id)
    columns = [column.name for column in Span.__table__.columns]  # type: ignore[attr-defined]
    mark = placeholder(connection.dialect)
    for project_id, trace_ids in by_project.items():
        for at in range(0, len(trace_ids), _KEYS_A_SELECT):
            some = trace_ids[at : at + _KEYS_A_SELECT]
            found = connection.exec_driver_sql(
                f"SELECT {', '.join(columns)} FROM span WHERE project_id = {mark}"  # noqa: S608 (our own names)
                f" AND trace_id IN ({', '.join([mark] * len(some))})",
                (project_id, *some),
            )
            for row in found:
                span = SpanRow(**dict(zip(columns, row, strict=True)))
                traces[project_id, span.trace_id][span.span_id] = span
    return traces


def _update_decisions(connection: Connection, spans: Sequence[SpanRow]) -> None:
    if not spans:
        return
    mark = placeholder(connection.dialect)
    connection.exec_driver_sql(
        f"UPDATE span SET counted = {mark}, excluded_by = {mark}, excluded_reason = {mark}"  # noqa: S608
        f" WHERE project_id = {mark} AND trace_id = {mark} AND span_id = {mark}",
        [(s.counted, s.excluded_by, s.excluded_reason, s.project_id, s.trace_id, s.span_id) for s in spans],
    )


def _replace_ledger(connection: Connection, touched: Collection[TraceKey], lines: Sequence[UsageRow]) -> None:
    if not touched:
        return
    mark = placeholder(connection.dialect)
    connection.exec_driver_sql(
        f"DELETE FROM usage WHERE project_id = {mark} AND trace_id = {mark}",  # noqa: S608
        list(touched),
    )
    _insert(connection, Usage, lines)


def bump_counter(connection: Connection) -> None:
    mark = placeholder(connection.dialect)
    table = str(ChangeCounter.__tablename__)
    connection.exec_driver_sql(
        f"INSERT INTO {table} (id, version) VALUES ({mark}, 1)"  # noqa: S608
        f" ON CONFLICT (id) DO UPDATE SET version = {table}.version + 1",
        (_COUNTER_SLOT,),
    )
