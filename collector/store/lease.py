"""What only one process does at a time: it holds a lease, and says again and again that it still does."""

from __future__ import annotations

import time

from sqlalchemy import Connection, Table, delete, or_, select, update

from collector.store.dialect import insert_statement
from collector.store.models import Lease

LEASE: Table = Lease.__table__  # type: ignore[attr-defined]
LEASE_NS = 120 * 10**9
"""After a crash another process may begin when this is over."""
RETENTION, SEARCH, SPAN_VALUES = "retention", "search", "span values"


def hold_lease(connection: Connection, name: str, holder: str) -> bool:
    """Takes or prolongs the lease, in the transaction that it guards; False while somebody else holds it."""
    now_ns = time.time_ns()
    free = or_(LEASE.c.holder == holder, LEASE.c.until_ns < now_ns)
    taken = update(LEASE).where(LEASE.c.name == name, free).values(holder=holder, until_ns=now_ns + LEASE_NS)
    if connection.execute(taken).rowcount:
        return True
    if connection.execute(select(LEASE.c.name).where(LEASE.c.name == name)).first():
        return False
    first = insert_statement(connection.dialect, LEASE, ignore_existing=True)
    return bool(connection.exec_driver_sql(first, (name, holder, now_ns + LEASE_NS)).rowcount)


def end_lease(connection: Connection, name: str, holder: str) -> None:
    connection.execute(delete(LEASE).where(LEASE.c.name == name, LEASE.c.holder == holder))


def is_held(connection: Connection, name: str) -> bool:
    held = select(LEASE.c.name).where(LEASE.c.name == name, LEASE.c.until_ns >= time.time_ns())
    return connection.execute(held).first() is not None
