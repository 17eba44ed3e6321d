"""Rows into tables and out of them, inside the writer's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import attrgetter

from sqlalchemy import Connection, Table

from collector.store.dialect import insert_statement, placeholder, upsert_statement
from collector.store.models import Usage
from collector.store.rollup import forget_hours_of
from collector.store.rows import SpanRow, UsageRow
from collector.store.selecting import TraceKey


def insert_rows(
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


def update_decisions(connection: Connection, spans: Sequence[SpanRow]) -> None:
    if not spans:
        return
    mark = placeholder(connection.dialect)
    connection.exec_driver_sql(
        f"UPDATE span SET counted = {mark}, excluded_by = {mark}, excluded_reason = {mark}"  # noqa: S608
        f" WHERE project_id = {mark} AND trace_id = {mark} AND span_id = {mark}",
        [(s.counted, s.excluded_by, s.excluded_reason, s.project_id, s.trace_id, s.span_id) for s in spans],
    )


def replace_ledger(connection: Connection, touched: Collection[TraceKey], lines: Sequence[UsageRow]) -> None:
    if not touched:
        return
    ours = [line for line in lines if (line.project_id, line.trace_id) in touched]
    forget_hours_of(connection, touched, ours)
    drop_rows(connection, "usage", touched)
    insert_rows(connection, Usage, ours)


def drop_rows(connection: Connection, table: str, keys: Collection[TraceKey]) -> None:
    if keys:
        mark = placeholder(connection.dialect)
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE project_id = {mark} AND trace_id = {mark}",  # noqa: S608 (our own names)
            list(keys),
        )
