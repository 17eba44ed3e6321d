"""What the present month has cost so far, and its last days, for a forecast."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from collector.store.ledger import QUARTER_NS
from collector.store.reads.days import DAY_NS, calendar_bounds_ns, days_before, step_number, step_start_ns
from collector.store.reads.ledger import parts
from collector.store.records import MonthCost, Period, Scope
from collector.store.records.costs import CostFilter

MOST_DAYS = 14
NANO = 10**9


def read_month(
    connection: Connection,
    scope: Scope,
    now_ns: int,
    *,
    zone: str = "UTC",
    filters: Sequence[CostFilter] = (),
    length: str = "month",
) -> MonthCost:
    """By the days of a zone, up to the end of the ledger's present quarter of an hour, whoever asks.

    length: of the present day or week, from Monday, instead of the month.
    """
    now_ns = -(-now_ns // QUARTER_NS) * QUARTER_NS
    month_start_ns, month_end_ns = calendar_bounds_ns(now_ns - 1, length, zone)
    today_ns = days_before(now_ns - 1, 0, zone)
    first_ns = min(month_start_ns, days_before(today_ns, MOST_DAYS + 1, zone))
    by_day = _by_day(connection, scope, Period(first_ns, now_ns), zone, filters)
    spent = [nusd for start_ns, nusd in by_day.items() if start_ns >= month_start_ns and nusd is not None]
    seen_since_ns = min(by_day, default=today_ns)
    full_days = [days_before(today_ns, back, zone) for back in range(MOST_DAYS, 0, -1)]
    return MonthCost(
        spent_usd=sum(spent) / NANO if spent else None,
        full_days_usd=tuple(  # the first day with calls may be half a one
            (by_day.get(start_ns) or 0) / NANO for start_ns in full_days if start_ns > seen_since_ns
        ),
        days_left=max(0.0, (month_end_ns - now_ns) / DAY_NS),
    )


def _by_day(
    connection: Connection, scope: Scope, period: Period, zone: str, filters: Sequence[CostFilter]
) -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    for part in parts(connection, scope, period, [wanted.dimension for wanted in filters], zone=zone):
        day = step_number(part.time, period, zone, DAY_NS)
        query = select(day.label("day"), func.sum(part.table.c.cost_nusd)).select_from(part.source)
        for number, nusd in connection.execute(query.where(part.where(filters)).group_by("day")):
            start_ns = step_start_ns(int(number), zone, DAY_NS)
            known = [amount for amount in (found.get(start_ns), nusd) if amount is not None]
            found[start_ns] = int(sum(known)) if known else None
    return found
