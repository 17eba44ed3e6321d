"""What the present month will have cost when it ends, as Home says it: by the same reckoning as a cost report."""

from __future__ import annotations

from dataclasses import dataclass

from collector.analysis import spending
from collector.store.records import MonthCost

_NANO = 10**9
_DAY_NS = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Forecast:
    expected_usd: float
    low_usd: float
    """Between low and high the month ends in four of five cases, if days vary as they did."""
    high_usd: float
    days: int
    """How many whole days it is made of."""


def forecast(month: MonthCost | None) -> Forecast | None:
    """Spent so far, and for every day that is left the mean of the last whole days. None when there are too few."""
    if month is None or month.spent_usd is None:
        return None
    days = [(number, round(usd * _NANO)) for number, usd in enumerate(month.full_days_usd)]
    found = spending.forecast(round(month.spent_usd * _NANO), days, 0, round(month.days_left * _DAY_NS))
    if found is None:
        return None
    expected, low, high = (nusd / _NANO for nusd in (found.expected_nusd, found.low_nusd, found.high_nusd))
    return Forecast(expected, low, high, found.mean_days)
