"""Seeing at once that something was committed, by whichever process.

SQLite has a number that moves with every foreign commit (PRAGMA data_version), read in microseconds from memory that
the processes share. PostgreSQL sends a notice, since `bump_counter` asks it to. Both only hint: the version itself is
the change counter.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.errors import StoreUnavailable
from collector.store.dialect import CHANGE_CHANNEL, as_store_error, is_sqlite
from collector.store.models import ChangeCounter

LOOK_S = 0.04
"""How often SQLite is looked at: what another process commits shows this much later, at most."""
REPLICA_LOOK_S = 0.25
"""How often a replica is looked at: it can't listen."""
LISTEN_S = 1.0
"""How long PostgreSQL is listened to before the counter is read all the same: a pooler in between drops notices."""

COUNTER: Table = ChangeCounter.__table__  # type: ignore[attr-defined]
_VERSION = select(func.coalesce(func.sum(COUNTER.c.version), 0))


class Watch(Protocol):
    """One kept connection that sees changes."""

    def version(self) -> int:
        """Grows with every commit that a reader could see."""

    def wait(self, woken: Event) -> bool:
        """Whether there may be something new: after a hint, after `woken.set()`, or after a short while."""


@contextmanager
def watching(engine: Engine) -> Iterator[Watch]:
    """A watch on a connection of its own. It and all its methods raise StoreUnavailable while the database is away."""
    driver_fault = engine.dialect.loaded_dbapi.Error
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()  # closed afterwards: the pool would hand it out still listening
            yield _watch(connection)
    except (DBAPIError, TimeoutError) as error:
        raise as_store_error(error) from error
    except driver_fault as error:
        raise StoreUnavailable(f"the database can't be watched right now ({type(error).__name__})") from error


def _watch(connection: Connection) -> Watch:
    if is_sqlite(connection.dialect):
        return _SqliteWatch(connection)
    is_replica = connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one()
    return _ReplicaWatch(connection) if is_replica else _PostgresWatch(connection)


class _Counted:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.dbapi_connection

    def version(self) -> int:
        return int(self._connection.execute(_VERSION).scalar_one())


class _SqliteWatch(_Counted):
    _seen: int | None = None

    def wait(self, woken: Event) -> bool:
        woken.wait(LOOK_S)
        woken.clear()
        [now] = self._driver.execute("PRAGMA data_version").fetchone()
        before, self._seen = self._seen, now
        return bool(now != before)


class _ReplicaWatch(_Counted):
    def wait(self, woken: Event) -> bool:
        woken.wait(REPLICA_LOOK_S)
        woken.clear()
        return True


class _PostgresWatch(_Counted):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        connection.exec_driver_sql(f"LISTEN {CHANGE_CHANNEL}")

    def wait(self, woken: Event) -> bool:
        if not woken.is_set():
            for _notice in self._driver.notifies(timeout=LISTEN_S, stop_after=1):
                break
        woken.clear()
        return True
