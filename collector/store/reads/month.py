"""What the present month has cost so far, and its last days, for a forecast."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from collector.store.filters import USAGE
from collector.store.records import MonthCost, Scope

DAY_NS = 86_400 * 10**9
MOST_DAYS = 14
NANO = 10**9


def read_month(connection: Connection, scope: Scope, now_ns: int, environment: str | None = None) -> MonthCost:
    """By the UTC days of the calls."""
    today = (now_ns - 1) // DAY_NS
    month_start, month_end = _month(today)
    first = min(month_start, today - MOST_DAYS - 1)
    by_day = _cost_by_day(connection, scope, first, now_ns, environment)
    spent = [cost for day, cost in by_day.items() if day >= month_start and cost is not None]
    seen_since = min(by_day, default=today)
    full_days = range(max(today - MOST_DAYS, seen_since + 1), today)  # the first day with calls may be half a one
    return MonthCost(
        spent_usd=sum(spent) / NANO if spent else None,
        full_days_usd=tuple((by_day.get(day) or 0) / NANO for day in full_days),
        days_left=max(0.0, month_end - now_ns / DAY_NS),
    )


def _cost_by_day(
    connection: Connection, scope: Scope, first_day: int, now_ns: int, environment: str | None
) -> dict[int, int | None]:
    """Nano-dollars by day since 1970; None where every call's cost is unknown."""
    day = USAGE.c.quarter_ns // DAY_NS
    query = (
        select(day, func.sum(USAGE.c.cost_nusd))
        .where(USAGE.c.project_id.in_(scope), USAGE.c.quarter_ns >= first_day * DAY_NS, USAGE.c.quarter_ns < now_ns)
        .group_by(day)
    )
    if environment:
        query = query.where(USAGE.c.environment == environment)
    return {int(number): None if cost is None else int(cost) for number, cost in connection.execute(query)}


def _month(day: int) -> tuple[int, int]:
    """The first day of the month that this day lies in, and of the next one, since 1970."""
    date = datetime.fromtimestamp(day * 86_400, UTC)
    start = date.replace(day=1)
    end = start.replace(year=date.year + 1, month=1) if date.month == 12 else start.replace(month=date.month + 1)
    return int(start.timestamp()) // 86_400, int(end.timestamp()) // 86_400
