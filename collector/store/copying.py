"""PostgreSQL's COPY: rows that are new, for a third of the time of INSERT on both sides of the connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

WORTH_IT = 8
"""Rows from which on it is faster: it takes a round trip more."""


def copy_rows(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> None:
    """rows: values in the order of the table's columns; none with a key that is stored. Raises what INSERT would."""
    driver: Any = connection.connection.driver_connection
    statement = _statement(table)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
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


@lru_cache(maxsize=64)
def _statement(table: Table) -> str:
    return f"COPY {table.name} ({', '.join(column.name for column in table.columns)}) FROM STDIN"
