"""How the database is, by questions that stay cheap when it is large."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    ScalarSelect,
    Select,
    Table,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
)

from collector.store.dialect import POSTGRES_SCHEMA, is_sqlite
from collector.store.engine import reading
from collector.store.filters import TRACE, USAGE
from collector.store.models import Span
from collector.store.reads.receipts import MAX_LIMIT
from collector.store.reads.search import get_search_progress
from collector.store.reads.waiting import LOG
from collector.store.receipts import RECEIPT
from collector.store.records import CollectorSeen, RowCount, Scope, StoreHealth
from collector.store.rights import replica_lag_s

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
COUNTED_TO = 100_000
"""Rows are counted up to here, beyond it they are estimated."""
_ENDS = (("start_ns", True), ("start_ns", False), ("received_ns", False))
_SCHEMA_VERSION: Select[Any] = select(column("version_num")).select_from(table("alembic_version"))
_HOUR_NS, _DAY_NS = 3_600 * 10**9, 86_400 * 10**9


def get_health(engine: Engine, scope: Scope, now_ns: int) -> StoreHealth:
    """Raises StoreUnavailable, QueryTimeout."""
    search = get_search_progress(engine, scope)
    with reading(engine) as connection:
        requests = connection.execute(
            select(RECEIPT.c.collector, RECEIPT.c.port, RECEIPT.c.time_ns, RECEIPT.c.queued_spans, RECEIPT.c.is_refused)
            .where(RECEIPT.c.project_id.in_(scope))
            .order_by(RECEIPT.c.request_id.desc())
            .limit(MAX_LIMIT)
        ).all()
        ends = [_end_of(name, scope, first=first) for name, first in _ENDS]
        oldest_ns, newest_ns, received_ns = (connection.execute(select(end)).scalar() for end in ends)
        is_replica, lag_s = replica_lag_s(connection)
        return StoreHealth(
            is_replica=is_replica,
            replica_lag_s=lag_s,
            kind=_kind(connection),
            schema_version=connection.execute(_SCHEMA_VERSION).scalar(),
            size_bytes=_size_bytes(connection),
            spans=_count(connection, SPAN),
            traces=_count(connection, TRACE),
            ledger=_count(connection, USAGE),
            spans_last_day=_spans_since(connection, scope, now_ns - _DAY_NS),
            oldest_start_ns=oldest_ns,
            newest_start_ns=newest_ns,
            newest_received_ns=received_ns,
            waiting_logs=connection.execute(select(func.count()).where(LOG.c.waiting)).scalar_one(),
            refused_last_hour=sum(r.is_refused for r in requests if r.time_ns >= now_ns - _HOUR_NS),
            collectors=_collectors((r.collector, r.port, r.time_ns, r.queued_spans) for r in requests),
            search=search,
        )


def _end_of(name: str, scope: Scope, *, first: bool) -> ScalarSelect[int]:
    """The lowest or highest value of a column of traces, read at the end of its index."""
    time_ns = TRACE.c[name]
    order = time_ns.asc() if first else time_ns.desc()
    return select(time_ns).where(TRACE.c.project_id.in_(scope)).order_by(order).limit(1).scalar_subquery()


def _spans_since(connection: Connection, scope: Scope, since_ns: int) -> int:
    query = select(func.coalesce(func.sum(TRACE.c.span_count), 0)).where(
        TRACE.c.project_id.in_(scope), TRACE.c.received_ns >= since_ns
    )
    return int(connection.execute(query).scalar_one())


def _kind(connection: Connection) -> str:
    name = "SQLite" if is_sqlite(connection.dialect) else "PostgreSQL"
    return f"{name} {'.'.join(map(str, connection.dialect.server_version_info or ()))}".strip()


def _size_bytes(connection: Connection) -> int | None:
    if is_sqlite(connection.dialect):
        pages, page_bytes = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("page_count", "page_size")
        )
        return int(pages or 0) * int(page_bytes or 0)
    query = text(
        "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = :schema AND c.relkind IN ('r', 'p')"
    )
    size = connection.execute(query, {"schema": POSTGRES_SCHEMA}).scalar()
    return None if size is None else int(size)


def _count(connection: Connection, of: Table) -> RowCount:
    some = select(literal(1)).select_from(of).limit(COUNTED_TO + 1).subquery()
    rows = connection.execute(select(func.count()).select_from(some)).scalar_one()
    if rows <= COUNTED_TO:
        return RowCount(rows, is_exact=True)
    return RowCount(max(rows, _estimate(connection, of)), is_exact=False)


def _estimate(connection: Connection, of: Table) -> int:
    if is_sqlite(connection.dialect):
        rowid: ColumnElement[int] = literal_column("rowid")
        # Two questions, each answered at an end of the table; together they would read all of it.
        last, first = (select(end(rowid)).select_from(of).scalar_subquery() for end in (func.max, func.min))
        return int(connection.execute(select(last - first + 1)).scalar() or 0)
    query = text("SELECT reltuples FROM pg_class WHERE oid = to_regclass(:name)")
    return int(connection.execute(query, {"name": f"{POSTGRES_SCHEMA}.{of.name}"}).scalar() or 0)


def _collectors(requests: Iterable[tuple[str, int | None, int, int]]) -> tuple[CollectorSeen, ...]:
    """requests: collector, port, time and queue of each, newest first."""
    found: dict[str, list[tuple[int | None, int, int]]] = {}
    for name, port, time_ns, queued in requests:
        found.setdefault(name, []).append((port, time_ns, queued))
    return tuple(
        CollectorSeen(
            name=name,
            ports=tuple(sorted({port for port, _, _ in seen if port is not None})),
            newest_ns=seen[0][1],
            queued_spans=seen[0][2],
        )
        for name, seen in found.items()
    )
