"""Rows into tables and out of them, inside the writer's transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache, partial
from itertools import chain
from operator import attrgetter
from typing import cast

from sqlalchemy import Connection, Dialect, Table

from collector.store.copying import WORTH_IT, copy_rows, delete_traces
from collector.store.dialect import NO_COLUMNS, insert_statement, is_sqlite, placeholder, upsert_statement
from collector.store.left_out import as_stored
from collector.store.models import SpanPayload, Trace, Usage
from collector.store.packing import PayloadKey, Piece
from collector.store.payloads import compressor
from collector.store.rollup import forget_hours_of
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.selecting import TraceKey, rows_of_ids

ROWS_A_STATEMENT = 128
"""A power of two. SQLite gives the interpreter away with every step of a statement, which with executemany is every
row; while another thread decodes, each time costs the 5 ms after which that one has to give it back."""


def insert_rows(
    connection: Connection,
    model: type[object],
    rows: Sequence[object],
    *,
    ignore_existing: bool = False,
    replace: bool = False,
) -> None:
    """Rows that are new. With `replace`, a stored row of the same key gives way, with `ignore_existing` the given one.
    No key may occur twice."""
    if not rows:
        return
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel doesn't declare it
    columns = [column.name for column in table.columns]
    dialect = connection.dialect
    if is_sqlite(dialect):
        _insert_chunks(connection, partial(_statement, dialect, table, ignore_existing, replace), columns, rows)
    elif len(rows) >= WORTH_IT and not (replace or ignore_existing):
        filled = _filled(columns, rows)
        copy_rows(connection, table, filled, _values(rows, filled))
    else:
        statement = _statement(dialect, table, ignore_existing, replace)
        connection.exec_driver_sql(statement, list(_values(rows, columns)))


def _values(rows: Sequence[object], columns: Sequence[str]) -> Iterable[tuple[object, ...]]:
    """Of each row those of the columns, as they are stored."""
    values: Iterable[tuple[object, ...]] = map(attrgetter(*columns), rows)
    return as_stored(cast("Sequence[SpanRow]", rows), values, columns) if isinstance(rows[0], SpanRow) else values


def _insert_chunks(
    connection: Connection, statement: Callable[..., str], columns: Sequence[str], rows: Sequence[object]
) -> None:
    filled = _filled(columns, rows)
    without = frozenset(columns).difference(filled)
    at = 0
    while at < len(rows):
        size = min(ROWS_A_STATEMENT, 1 << (len(rows) - at).bit_length() - 1)
        found = tuple(chain.from_iterable(_values(rows[at : at + size], filled)))
        connection.exec_driver_sql(statement(size, without), found)
        at += size


def _filled(columns: Iterable[str], rows: Sequence[object]) -> list[str]:
    """The columns in which a row has a value. Another one costs 0.2 us a row all the same, and of the sixty of a span
    twenty are empty in all of a commit."""
    return [column for column in columns if _is_told(attrgetter(column), rows)]


def _is_told(value_of: Callable[[object], object], rows: Sequence[object]) -> bool:
    """Whether a row has a value; of most columns the first one says it."""
    return any(map(value_of, rows)) or list(map(value_of, rows)).count(None) < len(rows)


def insert_payloads(connection: Connection, pieces: Sequence[Piece]) -> None:
    """One whose base has been removed since it was packed is packed again by itself."""
    bases = {(piece.project_id, piece.trace_id, piece.base_id) for piece in pieces if piece.base_id is not None}
    stored = _stored_payloads(connection, bases | {piece.key for piece in pieces})
    missing = bases - stored
    for piece in pieces:
        if (piece.project_id, piece.trace_id, piece.base_id) in missing:
            piece.build_on_nothing(compressor())
    insert_rows(connection, SpanPayload, [piece for piece in pieces if piece.key not in stored])


def _stored_payloads(connection: Connection, keys: Collection[PayloadKey]) -> set[PayloadKey]:
    columns = ("project_id", "trace_id", "payload_id")
    return {
        (row[0], row[1], row[2]) for row in rows_of_ids(connection, "span_payload", "payload_id", columns, sorted(keys))
    }


@lru_cache(maxsize=1_024)
def _statement(
    dialect: Dialect,
    table: Table,
    ignore_existing: bool,
    replace: bool,
    rows: int = 1,
    without: frozenset[str] = NO_COLUMNS,
) -> str:
    if replace:
        return upsert_statement(dialect, table, rows=rows, without=without)
    return insert_statement(dialect, table, ignore_existing=ignore_existing, rows=rows, without=without)


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


def replace_traces(connection: Connection, rows: Sequence[TraceRow]) -> None:
    """For PostgreSQL a row that gives way costs what one that is deleted does, and the rest is COPY."""
    is_kept = is_sqlite(connection.dialect)
    if not is_kept:
        drop_rows(connection, "trace", {(row.project_id, row.trace_id) for row in rows})
    insert_rows(connection, Trace, rows, replace=is_kept)


def drop_rows(connection: Connection, table: str, keys: Collection[TraceKey]) -> None:
    if not is_sqlite(connection.dialect):
        delete_traces(connection, table, keys)
    elif keys:
        mark = placeholder(connection.dialect)
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE project_id = {mark} AND trace_id = {mark}",  # noqa: S608 (our own names)
            list(keys),
        )
