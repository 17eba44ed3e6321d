"""Whether this database may be changed, and how far a replica is behind."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

from collector.store.dialect import POSTGRES_SCHEMA, is_sqlite
from collector.store.engine import reading

_MAY_WRITE = text(
    "SELECT NOT pg_is_in_recovery()"
    " AND coalesce(has_table_privilege(to_regclass(:table), 'INSERT, UPDATE, DELETE'), true)"
)
_LAG = text(
    "SELECT pg_is_in_recovery(), CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0"
    " ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END"
)


def may_write(engine: Engine) -> bool:
    """Whether the role may change what people set and the server is no replica. Raises StoreUnavailable."""
    if is_sqlite(engine.dialect):
        return True
    with reading(engine) as connection:
        return bool(connection.execute(_MAY_WRITE, {"table": f"{POSTGRES_SCHEMA}.trace_note"}).scalar_one())


def replica_lag_s(connection: Connection) -> tuple[bool, float | None]:
    """Whether the server is a replica, and how many seconds behind; None when that can't be known."""
    if is_sqlite(connection.dialect):
        return False, None
    is_replica, lag_s = connection.execute(_LAG).one()
    return bool(is_replica), float(lag_s) if is_replica and lag_s is not None else None
