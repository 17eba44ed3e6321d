from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.forecast import forecast
from collector.store.records import MonthCost

costs = st.floats(0, 1e6)


def test_a_month_goes_on_as_its_last_days_went() -> None:
    found = forecast(MonthCost(spent_usd=100.0, full_days_usd=(10.0,) * 14, days_left=5.0))
    assert found is not None
    assert (found.expected_usd, found.low_usd, found.high_usd, found.days) == (150.0, 150.0, 150.0, 14)


@pytest.mark.parametrize(
    "month",
    [
        None,
        MonthCost(spent_usd=None, full_days_usd=(0.0,) * 14, days_left=5.0),
        MonthCost(spent_usd=3.0, full_days_usd=(1.0, 2.0), days_left=5.0),
    ],
)
def test_too_little_is_no_forecast(month: MonthCost | None) -> None:
    assert forecast(month) is None


@given(costs, st.lists(costs, min_size=3, max_size=14), st.floats(0, 31))
def test_a_forecast_is_never_less_than_what_is_spent(spent: float, days: list[float], left: float) -> None:
    found = forecast(MonthCost(spent_usd=spent, full_days_usd=tuple(days), days_left=left))
    assert found is not None
    assert spent <= found.low_usd <= found.expected_usd * (1 + 1e-9)
    assert found.expected_usd <= found.high_usd


def test_on_the_last_moment_of_a_month_it_is_what_was_spent() -> None:
    found = forecast(MonthCost(spent_usd=7.0, full_days_usd=(1.0, 5.0, 9.0), days_left=0.0))
    assert found is not None
    assert found.low_usd == found.expected_usd == found.high_usd == 7.0
