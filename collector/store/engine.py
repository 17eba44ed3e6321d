"""Connections: one engine that writes, one that can only read."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, Row, Select, create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, TimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from collector.errors import BadQuery, ConfigurationError, SearchUnfinished, StoreUnavailable
from collector.store.dialect import POSTGRES_SCHEMA, as_store_error, is_sqlite, missing_table, retryable
from collector.store.search_look import Look, Verdicts

BUSY_TIMEOUT_MS = 4_000
"""Below the commit deadline, so that a locked database is answered with its own reason."""
READ_DEADLINE_MS = 2_000
_KNOWN_DEADLINE_MS = 500
"""To ask again for what is known, after that."""
_LOOK_AGAIN_MS = 5
_PROGRESS_OPCODES = 10_000
_LOOK = "look"
_LATER, _SYNCHRONOUS = "is_on_disk_later", "synchronous"
_READING = "is_reading"
_VERDICTS = Verdicts()
_PLANS = "-c plan_cache_mode=force_custom_plan -c jit=off"
"""A statement is planned anew for its values. A plan that is kept fits none of them well, and one from when a table was
small reads all of it with every commit until PostgreSQL analyses the table: a minute of load on a new database, each
commit dearer than the one before. Compiling a query may take as long as a page may take in all."""


def open_writer(url: str) -> Engine:
    """An engine whose transactions are durable (FULL) and take SQLite's write lock when they begin."""
    if not _is_sqlite(url):
        return _postgres(url, "-c synchronous_commit=on")
    path = _sqlite_path(url)
    _create_private(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        record.info[_LOOK] = Look(connection, _VERDICTS)
        connection.isolation_level = None  # Python's sqlite3 would begin transactions on its own
        for pragma in (
            "page_size = 8192",  # of a new file: a payload of 1.4 kB leaves a fifth of a page of 4 kB empty
            "auto_vacuum = INCREMENTAL",
            "journal_mode = WAL",
            "synchronous = FULL",
            "wal_autocheckpoint = 4000",  # pages: what several commits write again and again goes to the file once
            "journal_size_limit = 67108864",
            "cache_size = -65536",
            "temp_store = MEMORY",
            f"busy_timeout = {_LOOK_AGAIN_MS}",  # from here on; see _begin_soon
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_immediate(connection: Connection) -> None:
        if connection.get_execution_options().get(_READING):
            connection.exec_driver_sql("BEGIN")
            return
        _set_synchronous(connection)
        # A deferred transaction that reads before it writes fails at once when another process commits between.
        if not _begin_soon(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def on_disk_later(engine: Engine) -> Engine:
    """The same engine for work that is done again if it is lost: its transactions don't hold SQLite's write lock until
    the disk has them. The next one that waits for the disk has them there before its own, so that a loss of power takes
    the last of them, or none."""
    return engine.execution_options(**{_LATER: True})


def without_lock(engine: Engine) -> Engine:
    """The same engine for transactions that only read, and may take longer than a reader's."""
    return engine.execution_options(**{_READING: True})


def _set_synchronous(connection: Connection) -> None:
    wanted = "NORMAL" if connection.get_execution_options().get(_LATER) else "FULL"
    if connection.info.get(_SYNCHRONOUS, "FULL") != wanted:
        cast(sqlite3.Connection, connection.connection.dbapi_connection).execute(f"PRAGMA synchronous = {wanted}")
        connection.info[_SYNCHRONOUS] = wanted


def _begin_soon(connection: Connection) -> bool:
    """Whether the write lock was free within BUSY_TIMEOUT_MS. SQLite itself looks for it less and less often, in the
    end ten times a second, and so waits a multiple of the time that another holds it."""
    raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    give_up_s = monotonic() + BUSY_TIMEOUT_MS / 1000
    while monotonic() < give_up_s:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                return False
        else:
            return True
    return False


def open_reader(url: str) -> Engine:
    """An engine that can't write and gives up on a query after READ_DEADLINE_MS."""
    if not _is_sqlite(url):
        options = f"-c default_transaction_read_only=on -c statement_timeout={READ_DEADLINE_MS}"
        return _postgres(url, options)
    path = _sqlite_path(url)

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False
        )

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=8, max_overflow=8, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        record.info[_LOOK] = Look(connection, _VERDICTS)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cache_size = -65536")
        if hasattr(connection, "setlimit"):
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)  # mode=ro alone still lets ATTACH create a file

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for one read.

    Raises StoreUnavailable when the database is away or has no schema yet, QueryTimeout at the deadline,
    SearchUnfinished when it was spent on looking for words, BadQuery for a value the database can't compare.
    """
    try:
        with engine.connect() as connection, _limited_time(connection):
            yield connection
    except TimeoutError as error:
        raise as_store_error(error) from error
    except (DataError, OverflowError) as error:  # NUL in a text, or a number of more than 64 bits
        raise BadQuery("a value is none that the database can look for") from error
    except DBAPIError as error:
        if missing_table(error):
            raise StoreUnavailable("the database has no msgtrace tables yet: run `msgtrace migrate`") from error
        if retryable(error):
            raise as_store_error(error) from error
        raise


def rows_in_time(
    connection: Connection, query: Select[Any], *, shows_part: bool = False
) -> tuple[list[Row[Any]], bool]:
    """The rows, and whether these are all: not where looking for words took all the time that a read has.

    The first ones then, as far as they come in the order of an index. Where they are sorted there is none yet, which
    raises SearchUnfinished through `reading`, but with shows_part: those that are known by now, sorted.
    """
    rows: list[Row[Any]] = []
    try:
        rows.extend(connection.execute(query))
    except DBAPIError:
        look = _look_of(connection)
        if not look or not look.gave_up:
            raise
        if not rows and shows_part:
            look.go_by_what_is_known()
            _interrupt_at(connection, monotonic() + _KNOWN_DEADLINE_MS / 1000)
            rows.extend(connection.execute(query))
        if not rows:
            raise
        return rows, False
    return rows, True


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """As `reading`, for several reads that have to agree: all of them see the database at one moment."""
    with reading(engine) as connection:
        begin = "BEGIN" if is_sqlite(connection.dialect) else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        connection.exec_driver_sql(begin)
        yield connection


@contextmanager
def _limited_time(connection: Connection) -> Iterator[None]:
    """Lets SQLite give up at the deadline; PostgreSQL has its statement_timeout."""
    look = _look_of(connection)
    if look is None:
        yield
        return
    deadline_s = monotonic() + READ_DEADLINE_MS / 1000
    _interrupt_at(connection, deadline_s)
    look.begin(deadline_s)
    try:
        yield
    except DBAPIError as error:
        if look.gave_up:
            raise SearchUnfinished(
                f"looked through {look.looked:,} more runs that hold these words in"
                f" {READ_DEADLINE_MS / 1000:.0f} seconds: asked again, the search goes on from there"
            ) from error
        raise


def _interrupt_at(connection: Connection, deadline_s: float) -> None:
    raw = cast(sqlite3.Connection, connection.connection.driver_connection)
    raw.set_progress_handler(lambda: monotonic() > deadline_s, _PROGRESS_OPCODES)


def _look_of(connection: Connection) -> Look | None:
    """None on PostgreSQL, where the index itself knows."""
    found: Look | None = connection.info.get(_LOOK)
    return found


def _postgres(url: str, options: str) -> Engine:
    parsed = make_url(url)
    given = str(parsed.query.get("options", ""))
    return create_engine(
        parsed.difference_update_query(["options"]),
        connect_args={
            "options": f"-c search_path={POSTGRES_SCHEMA} {_PLANS} {given} {options}",
            "connect_timeout": 5,
            "application_name": "msgtrace",
        },
        pool_pre_ping=True,
        pool_timeout=5,
        hide_parameters=True,  # in the messages of errors, which go to the log
    )


def _is_sqlite(url: str) -> bool:
    backend = make_url(url).get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise ConfigurationError(f"MSGTRACE_DATABASE_URL: {backend} is not supported; use sqlite or postgresql")
    return backend == "sqlite"


def _sqlite_path(url: str) -> Path:
    name = make_url(url).database
    if not name or name == ":memory:":
        raise ConfigurationError("MSGTRACE_DATABASE_URL: SQLite needs a file, e.g. sqlite:///msgtrace.db")
    return Path(name).expanduser().absolute()


def _create_private(path: Path) -> None:
    """Creates the database readable by its owner only; SQLite gives -wal and -shm the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the database file {path} can't be opened: {error.strerror}") from error
