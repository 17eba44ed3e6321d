"""What a month will have cost when it ends, if its days go on like the last ones."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

from collector.store.records import MonthCost

FEWEST_DAYS = 3
"""Whole days; of fewer nothing can be said."""
_80_PERCENT = 1.28
"""Standard deviations on either side that hold 80 % of a normal distribution."""


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
    if month is None or month.spent_usd is None or len(month.full_days_usd) < FEWEST_DAYS:
        return None
    days, left = month.full_days_usd, month.days_left
    expected = month.spent_usd + left * mean(days)
    spread = _80_PERCENT * stdev(days) * sqrt(left + left**2 / len(days))
    return Forecast(expected, max(month.spent_usd, expected - spread), expected + spread, len(days))
