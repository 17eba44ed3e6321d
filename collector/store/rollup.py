"""The ledger by the hour, for reports whose time does not grow with the number of traces.

A rolled hour is a pure function of the ledger's lines of that hour: it is made of them alone, and whoever changes one
of them forgets the hour in the same transaction. Reports take rolled hours from here and all others from the ledger
(`reads.ledger`), so they are exact at every moment, whatever comes late, twice or is priced anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Engine, Table, and_, case, delete, func, insert, select
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.store.dialect import as_store_error, is_sqlite, placeholder
from collector.store.models import Trace, Usage, UsageHour, UsageRolled
from collector.store.records import Scope
from collector.store.selecting import TraceKey, rows_of_traces

USAGE: Table = Usage.__table__  # type: ignore[attr-defined]
TRACE: Table = Trace.__table__  # type: ignore[attr-defined]
HOUR: Table = UsageHour.__table__  # type: ignore[attr-defined]
ROLLED: Table = UsageRolled.__table__  # type: ignore[attr-defined]
HOUR_NS = 3_600 * 10**9
SETTLED_NS = HOUR_NS
"""An hour is rolled so long after its end: by then few spans come late."""
HOURS_A_TURN = 24
_NAMES = (
    *("provider", "model", "agent_name", "cost_source", "workflow", "service", "environment", "version", "dimensions"),
)
_SUMS = (
    *("calls", "errors", "unpriced_calls"),
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
    *("cost_nusd", "input_cost_nusd", "cache_read_cost_nusd", "cache_write_cost_nusd", "output_cost_nusd"),
)


def roll_hours(engine: Engine, scope: Scope, now_ns: int, stops: Callable[[float], object] = lambda _: False) -> int:
    """Rolls every hour that is over and not rolled yet; returns how many. A day a transaction, so that writers wait
    for milliseconds.

    stops: is handed seconds to rest between two transactions; says whether to stop. Raises StoreUnavailable.
    """
    rolled = 0
    try:
        for project_id in scope:
            due = _due(engine, project_id, now_ns)
            for at in range(0, len(due), HOURS_A_TURN):
                with engine.begin() as connection:
                    rolled += _roll(connection, project_id, due[at : at + HOURS_A_TURN])
                if stops(0.05):
                    return rolled
    except (DBAPIError, TimeoutError) as error:
        raise as_store_error(error) from error
    return rolled


def forget_hours_of(connection: Connection, keys: Collection[TraceKey], lines: Iterable[Any]) -> None:
    """Before the ledger lines of these traces are replaced by `lines`: their hours are not rolled any more."""
    stored = rows_of_traces(connection, "usage", ("project_id", "quarter_ns"), keys)
    hours = {(project_id, _hour(quarter_ns)) for project_id, quarter_ns in stored}
    hours |= {(line.project_id, _hour(line.quarter_ns)) for line in lines}
    forget_hours(connection, hours)


def forget_hours(connection: Connection, hours: Collection[tuple[str, int]]) -> None:
    """hours: project and start."""
    if hours:
        mark = placeholder(connection.dialect)
        for table in (ROLLED.name, HOUR.name):
            connection.exec_driver_sql(
                f"DELETE FROM {table} WHERE project_id = {mark} AND quarter_ns = {mark}",  # noqa: S608 (our own names)
                sorted(hours),
            )


def forget_hours_before(connection: Connection, project_id: str, before_ns: int) -> None:
    """Lines of the ledger that old are going."""
    for table in (ROLLED, HOUR):
        connection.execute(delete(table).where(table.c.project_id == project_id, table.c.quarter_ns < before_ns))


def _hour(time_ns: int) -> int:
    return time_ns // HOUR_NS * HOUR_NS


def _due(engine: Engine, project_id: str, now_ns: int) -> list[int]:
    end_ns = _hour(now_ns - SETTLED_NS)
    with engine.connect() as connection:
        first = select(func.min(USAGE.c.quarter_ns)).where(USAGE.c.project_id == project_id)
        first_ns = connection.execute(first).scalar_one()
        done = select(ROLLED.c.quarter_ns).where(ROLLED.c.project_id == project_id)
        rolled = set(connection.execute(done).scalars())
        connection.rollback()
    if first_ns is None:
        return []
    oldest_ns = max(_hour(first_ns), end_ns - 800 * 24 * HOUR_NS)
    return [hour_ns for hour_ns in range(oldest_ns, end_ns, HOUR_NS) if hour_ns not in rolled]


def _roll(connection: Connection, project_id: str, hours: list[int]) -> int:
    """Of hours that are not rolled; those that another process rolled meanwhile are made anew."""
    if not is_sqlite(connection.dialect):  # waits for writers, and makes those who come wait
        connection.exec_driver_sql(f"LOCK TABLE {USAGE.name} IN SHARE ROW EXCLUSIVE MODE")
    for table in (ROLLED, HOUR):
        connection.execute(delete(table).where(table.c.project_id == project_id, table.c.quarter_ns.in_(hours)))
    rows = lines_of_hours(connection, project_id, hours)
    if rows:
        connection.execute(insert(HOUR), rows)
    connection.execute(insert(ROLLED), [{"project_id": project_id, "quarter_ns": hour_ns} for hour_ns in hours])
    return len(hours)


def lines_of_hours(connection: Connection, project_id: str, hours: list[int]) -> list[dict[str, Any]]:
    """The hours' rows of `usage_hour`, worked out from the ledger. hours: ascending."""
    hour = (USAGE.c.quarter_ns - USAGE.c.quarter_ns % HOUR_NS).label("hour")
    tags = func.coalesce(USAGE.c.sealed_tags, TRACE.c.tags).label("tags")
    names = [*(USAGE.c[name] for name in _NAMES), tags]
    same = and_(USAGE.c.project_id == TRACE.c.project_id, USAGE.c.trace_id == TRACE.c.trace_id)
    runs = func.sum(case((USAGE.c.slot == 0, 1), else_=0)).label("runs")
    query = (
        select(hour, *names, runs, *(func.sum(USAGE.c[name]).label(name) for name in _SUMS))
        .select_from(USAGE.join(TRACE, same, isouter=True))
        .where(
            USAGE.c.project_id == project_id,
            USAGE.c.quarter_ns >= hours[0],
            USAGE.c.quarter_ns < hours[-1] + HOUR_NS,
        )
        .group_by("hour", *(USAGE.c[name] for name in _NAMES), tags)
    )
    wanted = set(hours)
    return [
        {**_whole(dict(row)), "project_id": project_id, "quarter_ns": row["hour"], "slot": slot}
        for slot, row in enumerate(connection.execute(query).mappings())
        if row["hour"] in wanted
    ]


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """Without the hour; PostgreSQL sums to Decimal."""
    return {
        name: int(value) if value is not None and (name in _SUMS or name == "runs") else value
        for name, value in row.items()
        if name != "hour"
    }
