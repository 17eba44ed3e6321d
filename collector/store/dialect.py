"""The differences between SQLite and PostgreSQL, all of them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
    TimeoutError,
)

from collector.errors import QueryTimeout, Retryable, StoreUnavailable

POSTGRES_SCHEMA = "msgtrace"
CHANGE_CHANNEL = "msgtrace_change"
"""Where PostgreSQL tells of every change. SQLite needs none: a connection there sees that others committed."""
_RETRYABLE_SQLSTATES = ("08", "40", "53", "55", "57", "58")
"""Connection, rolled-back transaction, out of resources, not in the right state, operator, system error."""
_QUERY_CANCELED = "57014"
_LIMIT_EXCEEDED = "54"
"""A row that is too big for its index, say."""
_EVERY_TRACE = 0
"""The lock that stands for all: shared by those who lock some, so that one who needs many can have it alone."""
_MOST_LOCKS = 500
"""Of one transaction. A PostgreSQL with default settings has room for 6,400 in all."""


def is_sqlite(dialect: Dialect) -> bool:
    return dialect.name == "sqlite"


NO_COLUMNS: frozenset[str] = frozenset()


def insert_statement(
    dialect: Dialect, table: Table, *, ignore_existing: bool, rows: int = 1, without: frozenset[str] = NO_COLUMNS
) -> str:
    """An INSERT of columns in the table's order, for the driver's own executemany. without: columns that stay NULL."""
    conflict = " ON CONFLICT DO NOTHING" if ignore_existing else ""
    return _insert(dialect, table, rows, without) + conflict


def upsert_statement(dialect: Dialect, table: Table, *, rows: int = 1, without: frozenset[str] = NO_COLUMNS) -> str:
    """As `insert_statement`; a row with the same primary key is replaced."""
    key = ", ".join(column.name for column in table.primary_key)
    changed = ", ".join(f"{c.name} = excluded.{c.name}" for c in table.columns if not c.primary_key)
    return f"{_insert(dialect, table, rows, without)} ON CONFLICT ({key}) DO UPDATE SET {changed}"


def placeholder(dialect: Dialect) -> str:
    return "?" if is_sqlite(dialect) else "%s"


def _insert(dialect: Dialect, table: Table, rows: int, without: frozenset[str]) -> str:
    names = [column.name for column in table.columns if column.name not in without]
    row = f"({', '.join([placeholder(dialect)] * len(names))})"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {', '.join([row] * rows)}"  # noqa: S608 (names are our own)


def lock_traces(connection: Connection, keys: Iterable[tuple[str, str]]) -> None:
    """Makes other writers of the same (project_id, trace_id) wait until this transaction ends.

    SQLite has one writer at a time (BEGIN IMMEDIATE). On PostgreSQL the locks are taken in one order, so that
    two writers can't wait for each other.
    """
    if is_sqlite(connection.dialect):
        return
    numbers = sorted({_lock_number("\x1f".join(key)) for key in keys})
    if len(numbers) > _MOST_LOCKS:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_EVERY_TRACE,))
        return
    connection.exec_driver_sql(
        "SELECT CASE WHEN k = %s THEN pg_advisory_xact_lock_shared(k) ELSE pg_advisory_xact_lock(k) END"
        " FROM unnest(%s::bigint[]) WITH ORDINALITY AS t(k, n) ORDER BY n",
        (_EVERY_TRACE, [_EVERY_TRACE, *numbers]),
    )


def lock_if_free(connection: Connection, keys: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of a few traces that no other writer is at, which then wait as for `lock_traces`, called before."""
    if is_sqlite(connection.dialect):
        return keys
    numbers = {key: _lock_number("\x1f".join(key)) for key in keys}
    query = "SELECT k FROM unnest(%s::bigint[]) AS t(k) WHERE pg_try_advisory_xact_lock(k)"
    free = set(connection.exec_driver_sql(query, (sorted(set(numbers.values())),)).scalars())
    return {key for key, number in numbers.items() if number in free}


def _lock_number(text: str) -> int:
    """Of 63 bits: with fewer, two collectors that store a hundred traces each would wait for each other every time."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def announce_change(connection: Connection) -> None:
    """Lets PostgreSQL wake those who watch, once this transaction has committed."""
    if not is_sqlite(connection.dialect):
        connection.exec_driver_sql(f"NOTIFY {CHANGE_CHANNEL}")


def refuses_values(error: Exception) -> bool:
    """Whether what was sent can never be stored. Anything else, a missing table or a standby that only reads, is the
    database's own state, which passes: to take it for the sender's fault would lose what was sent."""
    if isinstance(error, DataError | IntegrityError):
        return True
    if isinstance(error, DBAPIError):
        sqlstate: str | None = getattr(error.orig, "sqlstate", None)
        if sqlstate is not None:
            return sqlstate.startswith(_LIMIT_EXCEEDED)
        return isinstance(error.orig, sqlite3.Error) and isinstance(error, InterfaceError | ProgrammingError)
    return not isinstance(error, SQLAlchemyError | OSError | MemoryError)  # such as a number no driver can bind


def retryable(error: DBAPIError | TimeoutError) -> bool:
    """Whether the same statement may succeed later: locked, full, read-only or gone databases; not bad data."""
    if isinstance(error, TimeoutError) or error.connection_invalidated:
        return True
    sqlstate: str | None = getattr(error.orig, "sqlstate", None)
    if sqlstate is not None:
        return sqlstate.startswith(_RETRYABLE_SQLSTATES)
    return isinstance(error, OperationalError) or isinstance(error.orig, sqlite3.OperationalError)


def as_store_error(error: DBAPIError | TimeoutError) -> Retryable:
    """The fault in our words, without statement or values: those hold what people sent."""
    if isinstance(error, DBAPIError) and (
        getattr(error.orig, "sqlstate", None) == _QUERY_CANCELED or str(error.orig) == "interrupted"
    ):
        return QueryTimeout("the query took too long: ask for a shorter period or fewer filters")
    reason = str(error.orig) if isinstance(error, DBAPIError) else "no connection became free"
    return StoreUnavailable(f"the database can't be used right now: {reason.splitlines()[0] if reason else error}")


def rolled_back(error: DBAPIError) -> bool:
    """Whether PostgreSQL gave this transaction up for another: a deadlock, a serialisation failure, or a row that
    another has stored first, which only one that locks otherwise can do, such as an older msgtrace."""
    return getattr(error.orig, "sqlstate", None) in ("40P01", "40001", "23505")


def may_not_change(error: DBAPIError) -> bool:
    """Whether PostgreSQL refuses to write: the role lacks the right, or the server or transaction only reads."""
    return getattr(error.orig, "sqlstate", None) in ("42501", "25006")


def missing_table(error: DBAPIError) -> bool:
    """Whether the database has no schema of ours yet."""
    return getattr(error.orig, "sqlstate", None) == "42P01" or "no such table" in str(error.orig)
