"""What PostgreSQL does faster than row by row: COPY takes it a third of the time of INSERT, and us as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError

from collector.store.selecting import TraceKey

WORTH_IT = 8
"""Rows from which on it is faster: it takes a round trip more."""


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """columns: those that the rows have values of. No row may have a key that is stored. Raises what INSERT would."""
    driver: Any = connection.connection.driver_connection
    statement, types = _statement(table, tuple(columns)), _types(connection.dialect, table, tuple(columns))
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        is_gone = connection.dialect.is_disconnect(error, driver, None)
        if is_gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement,
            None,
            error,
            connection.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_gone,
            dialect=connection.dialect,
        ) from error


def delete_traces(connection: Connection, table: str, keys: Collection[TraceKey]) -> None:
    """The rows of many traces with one statement: each of its own takes ten times as long."""
    by_project: defaultdict[str, list[str]] = defaultdict(list)
    for project_id, trace_id in sorted(keys):
        by_project[project_id].append(trace_id)
    for project_id, trace_ids in by_project.items():
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE project_id = %s AND trace_id = ANY(%s)",  # noqa: S608 (our own names)
            (project_id, trace_ids),
        )


@lru_cache(maxsize=256)
def _statement(table: Table, columns: tuple[str, ...]) -> str:
    return f"COPY {table.name} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"


@lru_cache(maxsize=256)
def _types(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> list[str]:
    return [table.columns[column].type.compile(dialect).lower() for column in columns]
