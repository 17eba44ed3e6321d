from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.alerts import (
    budget_findings,
    disk_findings,
    error_rate_findings,
    highest_level,
    meets,
    run_findings,
    silence_findings,
)
from collector.store.records import AlertRule, OutcomeCounts
from tests.alert_rules import NOW_NS, budget, rule, run

NANO = 10**9


@given(st.integers(0, 10**13), st.integers(1, 10**12), st.sets(st.integers(1, 200), min_size=1))
def test_more_spent_is_never_a_lower_level(spent_nusd: int, more_nusd: int, thresholds: set[int]) -> None:
    limit_nusd = 10**11
    level = highest_level(thresholds, spent_nusd, limit_nusd)
    assert level in {0, *thresholds}
    assert level <= highest_level(thresholds, spent_nusd + more_nusd, limit_nusd)


def test_a_budget_says_how_much_of_it_is_spent_and_links_its_costs() -> None:
    (found,) = budget_findings(budget(dimension="user", value="ann"), {"ann": 83 * NANO}, None, "2026-11")
    assert found.title == "Mine: 80 % of $100.00 spent by user ann"
    assert found.detail == "$83.00 this month, 83 % of the budget."
    assert (found.evidence.cost_time, found.evidence.cost_where) == ("mtd", "user:ann")


def test_a_budget_for_each_user_finds_each_one() -> None:
    spent = {"ann": 120 * NANO, "bob": 10 * NANO, None: 55 * NANO}
    found = budget_findings(budget(dimension="user"), spent, None, "2026-11")
    assert [(f.subject, f.level) for f in found] == [("2026-11/ann", 100), ("2026-11/", 50)]
    assert "unattributed" in found[1].title


@pytest.mark.parametrize(("expected_usd", "subjects"), [(120, ["m/forecast"]), (99, []), (None, [])])
def test_a_forecast_speaks_before_the_money_is_spent(expected_usd: int | None, subjects: list[str]) -> None:
    expected_nusd = None if expected_usd is None else expected_usd * NANO
    found = budget_findings(budget(forecasts=True), {None: 20 * NANO}, expected_nusd, "m")
    assert [f.subject for f in found] == subjects


@pytest.mark.parametrize(
    ("watched", "changes", "is_met"),
    [
        (rule(), {}, True),
        (rule(), {"outcome": "recovered"}, False),
        (rule(workflow="billing"), {}, False),
        (rule(created_ns=NOW_NS + 1), {}, False),
        (rule("slow", seconds=2.5), {}, True),
        (rule("slow", seconds=3.0), {}, False),
        (rule("slow", seconds=1.0), {"duration_s": None}, False),
        (rule("dear", limit_usd=0.5), {}, True),
        (rule("dear", limit_usd=1.0), {}, False),
        (rule("dear", limit_usd=0.5), {"cost_nusd": None}, False),
    ],
)
def test_a_rule_meets_the_runs_that_it_means(watched: AlertRule, changes: dict[str, Any], is_met: bool) -> None:
    assert meets(watched, run(**changes)) is is_met


def test_runs_of_one_workflow_are_one_finding_that_points_to_the_newest() -> None:
    runs = [run("b" * 32, received_ns=2), run("a" * 32, received_ns=1), run("c" * 32, workflow=None)]
    support, other = run_findings(rule(), runs)
    assert (support.count, support.evidence.trace_id) == (2, "b" * 32)
    assert (support.title, support.detail) == ("support failed", "boom")
    assert other.subject == "answer"


@pytest.mark.parametrize(("failed", "ok", "is_found"), [(2, 18, True), (1, 19, False), (9, 9, False), (0, 0, False)])
def test_an_error_rate_needs_enough_runs(failed: int, ok: int, is_found: bool) -> None:
    watched = rule("error_rate", percent=10.0, least_runs=20)
    assert bool(error_rate_findings(watched, OutcomeCounts(total=failed + ok, failed=failed, ok=ok))) is is_found


def test_a_service_is_silent_once_the_rule_is_as_old_as_its_minutes() -> None:
    watched = rule("silence", service="api", minutes=10, created_ns=NOW_NS)
    assert silence_findings(watched, has_spans=False, now_ns=NOW_NS + 599 * NANO) == []
    (found,) = silence_findings(watched, has_spans=False, now_ns=NOW_NS + 600 * NANO)
    assert found.title == "No spans from api for 10 min"
    assert silence_findings(watched, has_spans=True, now_ns=NOW_NS + 900 * NANO) == []


@pytest.mark.parametrize(("days_left", "is_found"), [(6.0, True), (1.0, True), (7.0, False), (None, False)])
def test_a_disk_is_told_in_time(days_left: float | None, is_found: bool) -> None:
    assert bool(disk_findings(rule("disk", days=7.0), days_left)) is is_found
