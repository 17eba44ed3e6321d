"""Log records in the writer's transaction: which are there, whose span has come, and which have waited too long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import orjson
from sqlalchemy import Connection

from collector.store.dialect import lock_if_free, placeholder
from collector.store.rows import LogRow, SpanRow
from collector.store.selecting import TraceKey, rows_of_traces

MAX_WAIT_NS = 24 * 3600 * 10**9
LATE_NS = 3_600 * 10**9
"""A log record that comes so long after its span makes the trace young again: else its content would outlive that of
the trace, through which retention has gone already."""
DEFAULT_MAX_WAITING = 10_000
MOST_DROPPED = 500
"""By one commit."""
SPEAKING_KINDS = frozenset({"workflow", "agent", "llm"})
"""Kinds whose spans have previews; so have roots of any kind."""

StoredLogs = dict[TraceKey, dict[tuple[str, bytes], LogRow]]
"""Of each trace, (span_id, log_id) -> log record."""
_COLUMNS = tuple(name for name in LogRow.__slots__ if name != "record")
"""What decisions need: never the record itself."""


def load_logs(connection: Connection, keys: Iterable[TraceKey]) -> StoredLogs:
    """What is stored of the traces' log records, without the records. Nobody drops them while the traces are locked."""
    logs: StoredLogs = {key: {} for key in keys}
    for values in rows_of_traces(connection, "log_record", _COLUMNS, logs):
        log = LogRow(**dict(zip(_COLUMNS, values, strict=True)))
        logs[log.project_id, log.trace_id][log.span_id, log.log_id] = log
    return logs


def with_logs(spans: Iterable[SpanRow], logs: Collection[LogRow]) -> list[SpanRow]:
    """The spans as their log records complete them. What a span says itself wins; its stored row stays as sent."""
    by_span: dict[str, list[LogRow]] = {}
    for log in sorted(logs, key=lambda log: (log.time_ns, log.log_id)):
        by_span.setdefault(log.span_id, []).append(log)
    return [_completed(span, by_span[span.span_id]) if span.span_id in by_span else span for span in spans]


def _completed(span: SpanRow, logs: Sequence[LogRow]) -> SpanRow:
    completed = replace(span)
    received_ns = max(log.received_ns for log in logs)
    if received_ns > span.received_ns + LATE_NS:
        completed.received_ns = received_ns
    if span.exceptions is None and (exceptions := next((log.exceptions for log in logs if log.exceptions), None)):
        completed.exceptions = exceptions
        completed.exception_type = span.exception_type or orjson.loads(exceptions)[-1]["type"]
    if span.kind in SPEAKING_KINDS or span.parent_span_id is None:
        said = next((log.input_preview for log in reversed(logs) if log.input_preview), None)
        answered = next((log.output_preview for log in reversed(logs) if log.output_preview), None)
        completed.input_preview = said if span.input_preview is None else span.input_preview
        completed.output_preview = answered if span.output_preview is None else span.output_preview
    if span.kind == "llm":
        completed.version = span.version or next((log.version for log in logs if log.version), None)
    return completed


def end_waiting(connection: Connection, logs: Sequence[LogRow]) -> None:
    if logs:
        mark = placeholder(connection.dialect)
        connection.exec_driver_sql(
            f"UPDATE log_record SET waiting = {mark} WHERE project_id = {mark} AND trace_id = {mark}"  # noqa: S608
            f" AND span_id = {mark} AND log_id = {mark}",
            [(False, log.project_id, log.trace_id, log.span_id, log.log_id) for log in logs],
        )


def drop_waiting(connection: Connection, *, now_ns: int, most: int) -> int:
    """Drops log records that have waited for a day, then the oldest above `most`; returns how many, MOST_DROPPED at
    most. Those of a trace that another writer is at are left to a later commit: it may just be finding their span."""
    mark = placeholder(connection.dialect)
    waiting, expired = connection.exec_driver_sql(
        f"SELECT count(*), coalesce(sum(CASE WHEN received_ns < {mark} THEN 1 ELSE 0 END), 0)"  # noqa: S608
        " FROM log_record WHERE waiting",
        (now_ns - MAX_WAIT_NS,),
    ).one()
    too_many = max(int(expired), waiting - most)
    if too_many <= 0:
        return 0
    key = "project_id, trace_id, span_id, log_id"
    oldest = connection.exec_driver_sql(
        f"SELECT {key} FROM log_record WHERE waiting ORDER BY received_ns, {key} LIMIT {mark}",  # noqa: S608
        (min(too_many, MOST_DROPPED),),
    ).all()
    free = lock_if_free(connection, {(row[0], row[1]) for row in oldest})
    dropped = [tuple(row) for row in oldest if (row[0], row[1]) in free]
    if dropped:
        where = " AND ".join(f"{name} = {mark}" for name in key.split(", "))
        connection.exec_driver_sql(f"DELETE FROM log_record WHERE {where}", dropped)  # noqa: S608 (our own names)
    return len(dropped)
