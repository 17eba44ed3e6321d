"""How recent the data is: cheap enough to be asked every second."""

from __future__ import annotations

from sqlalchemy import Engine, Table, func, select

from collector.store.engine import reading
from collector.store.filters import TRACE
from collector.store.models import ChangeCounter
from collector.store.records import Freshness, Scope

COUNTER: Table = ChangeCounter.__table__  # type: ignore[attr-defined]


def get_freshness(engine: Engine, scope: Scope) -> Freshness:
    newest = (
        select(TRACE.c.received_ns)
        .where(TRACE.c.project_id.in_(scope))
        .order_by(TRACE.c.received_ns.desc())
        .limit(1)
        .scalar_subquery()
    )
    with reading(engine) as connection:
        row = connection.execute(select(newest, func.coalesce(func.sum(COUNTER.c.version), 0))).one()
    received_ns, version = row
    return Freshness(any_spans=received_ns is not None, newest_received_ns=received_ns, version=int(version))
