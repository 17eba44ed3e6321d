from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cost_report import (
    AGAINST,
    DIMENSIONS,
    STEPS,
    TIMES,
    CostReport,
    of_known,
    parse_report,
    report_params,
)
from collector.store.records import Period
from collector.store.records.costs import CostFilter


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def period(start: str, end: str) -> Period:
    return Period(ns(start), ns(end))


NOW = ns("2026-11-22T14:03:22")


@pytest.mark.parametrize(
    ("changes", "now", "before"),
    [
        ({}, ("2026-11-01", "2026-11-22T14:15"), ("2026-10-01", "2026-10-22T14:15")),
        ({"time": "last"}, ("2026-10-01", "2026-11-01"), ("2026-09-01", "2026-10-01")),
        ({"time": "7d"}, ("2026-11-16", "2026-11-22T14:15"), ("2026-11-09", "2026-11-15T14:15")),
        ({"time": "30d"}, ("2026-10-24", "2026-11-22T14:15"), ("2026-09-24", "2026-10-23T14:15")),
        ({"against": "before"}, ("2026-11-01", "2026-11-22T14:15"), ("2026-10-10", "2026-10-31T14:15")),
        ({"against": "year"}, ("2026-11-01", "2026-11-22T14:15"), ("2025-11-01", "2025-11-22T14:15")),
        (
            {"time": "own", "first_day": "2026-03-29", "last_day": "2026-03-31", "against": "month"},
            ("2026-03-29", "2026-04-01"),
            ("2026-03-01", "2026-03-01"),
        ),
    ],
)
def test_times_and_what_they_are_held_against(
    changes: dict[str, Any], now: tuple[str, str], before: tuple[str, str]
) -> None:
    question = CostReport(**changes).question(NOW, "UTC")
    assert (question.now, question.before) == (period(*now), period(*before))


def test_months_begin_at_midnight_of_the_zone() -> None:
    question = CostReport(zone="Europe/Berlin").question(NOW, "UTC")
    assert question.now.start_ns == ns("2026-10-31T23:00")
    assert question.before.start_ns == ns("2026-09-30T22:00")


def test_the_zone_that_is_set_for_all_is_the_usual_one() -> None:
    assert CostReport().question(NOW, "Asia/Tokyo").zone == "Asia/Tokyo"


def test_values_of_one_dimension_are_joined_and_none_is_unattributed() -> None:
    report = parse_report({"where": ["user:alice", "user:", "model:gpt-5:mini", "No Name:red", "user:alice"]})
    assert report.filters() == (CostFilter("user", ("alice", None)), CostFilter("model", ("gpt-5:mini",)))


def test_promoted_dimensions_are_known_by_their_names() -> None:
    report = parse_report({"by": ["team"], "where": ["tenant:a", "team:b"]})
    assert of_known(report, ["team"]) == CostReport(by="team", where=(("team", "b"),))
    assert of_known(report, []) == CostReport()


@pytest.mark.parametrize(
    "params",
    [
        {"first": ["2026-02-01"], "last": ["2026-01-01"]},
        {"first": ["1900-01-01"], "last": ["2026-01-01"]},
        {"first": ["tomorrow"], "last": ["2026-01-01"]},
        {"zone": ["Mars/Olympus"], "by": ["\0"], "then": ["X y"], "step": ["y"], "against": ["z"]},
    ],
)
def test_what_makes_no_sense_is_left_out(params: dict[str, list[str]]) -> None:
    assert parse_report(params) == CostReport()


def test_the_same_dimension_twice_is_one() -> None:
    assert CostReport(by="model", then="model").dimensions == ("model",)


@given(
    st.builds(
        CostReport,
        time=st.sampled_from([name for name in TIMES if name != "own"]),
        against=st.sampled_from(["", *AGAINST]),
        by=st.sampled_from(DIMENSIONS),
        then=st.sampled_from(["nothing", *DIMENSIONS]),
        step=st.sampled_from(["", *STEPS]),
        zone=st.sampled_from(["", "UTC", "Europe/Berlin"]),
        where=st.lists(st.tuples(st.sampled_from(DIMENSIONS), st.text(max_size=20)), unique=True, max_size=5).map(
            tuple
        ),
        model_from=st.none() | st.text(min_size=1, max_size=20),
        model_to=st.none() | st.text(min_size=1, max_size=20),
    )
)
def test_a_link_says_the_whole_report(report: CostReport) -> None:
    params = {name: [value] if isinstance(value, str) else value for name, value in report_params(report).items()}
    assert parse_report(params) == report


@given(
    st.builds(CostReport, time=st.sampled_from(["7d", "30d", "mtd", "last"]), against=st.sampled_from(["", *AGAINST]))
)
def test_every_report_has_two_times_in_order(report: CostReport) -> None:
    for zone in ("UTC", "Europe/Berlin", "Pacific/Apia"):
        question = report.question(NOW, zone)
        assert question.now.start_ns < question.now.end_ns
        assert question.before.start_ns <= question.before.end_ns <= question.now.start_ns or report.compared == "month"
