"""All figures of Home come from one moment, and add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.reads.days import DAY_NS
from collector.store.reads.month import read_month
from collector.store.reads.overview import get_overview
from collector.store.records import Overview, Period
from collector.store.records.costs import CostFilter
from collector.store.rows import SpanRow
from collector.store.schema import migrate
from tests.conftest import SCOPE
from tests.store.rows import SECOND_NS, START_NS, batch, span

HOUR = Period(START_NS, START_NS + 3_600 * SECOND_NS)
MONTH_START_NS = 1_793_491_200 * SECOND_NS
"""2026-11-01 UTC."""


def run(number: int, start_ns: int = START_NS, **changes: Any) -> SpanRow:
    """A trace of one call."""
    values: dict[str, Any] = {
        "trace_id": f"{number:032x}",
        "start_ns": start_ns,
        "end_ns": start_ns + SECOND_NS,
        "kind": "llm",
        "counted": True,
        "input_tokens": 10,
        "output_tokens": 5,
        "request_model": "gpt-4o",
        "cost_nusd": 1_000_000_000,
    }
    return span(1, **(values | changes))


def cost_of_models(figures: Overview) -> float:
    return sum(model.cost_usd or 0 for model in figures.models)


def check_that_it_adds_up(figures: Overview) -> None:
    now = figures.now
    assert figures.trend[-1] == now
    assert figures.trend[0] == figures.before
    assert sum(b.ok + b.recovered + b.failed + b.other for b in figures.buckets) == now.runs
    assert sum(b.failed for b in figures.buckets) == now.failed == len(figures.failed_runs)
    assert sum(b.recovered for b in figures.buckets) == now.recovered
    assert sum(workflow.runs for workflow in figures.workflows) == now.runs
    assert cost_of_models(figures) == pytest.approx(now.cost_usd or 0)
    assert sum(workflow.cost_usd or 0 for workflow in figures.workflows) == pytest.approx(now.cost_usd or 0)
    assert sum(model.unpriced_calls for model in figures.models) == now.unpriced_spans


runs = st.lists(
    st.tuples(
        st.integers(-3_000, 3_599),
        st.sampled_from(["ok", "error"]),
        st.sampled_from([None, 0, 1_234_567, 10**9]),
        st.sampled_from(["gpt-4o", "gpt-5", None]),
        st.sampled_from(["bot", "rag", None]),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_runs=runs)
def test_what_the_parts_say_is_what_the_whole_says(
    given_runs: list[tuple[int, str, int | None, str | None, str | None]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('home') / 'a.db'}"
    writing, reading = open_writer(url), open_reader(url)
    migrate(writing)
    spans = [
        run(
            number,
            START_NS + second * SECOND_NS,
            status=status,
            cost_nusd=cost,
            request_model=model,
            workflow=workflow,
        )
        for number, (second, status, cost, model, workflow) in enumerate(given_runs, start=1)
    ]
    if spans:
        commit(writing, [batch(*spans)])
    check_that_it_adds_up(get_overview(reading, SCOPE, HOUR))
    reading.dispose()
    writing.dispose()


def test_what_is_committed_while_home_reads_is_in_all_of_its_figures_or_in_none(
    writing: Engine, reading: Engine
) -> None:
    commit(writing, [batch(run(1))])
    later = iter([run(2), run(3)])

    def commit_between(*_: object) -> None:
        if newcomer := next(later, None):
            commit(writing, [batch(newcomer)])

    with _after_every_read(reading, commit_between):
        figures = get_overview(reading, SCOPE, HOUR)
    assert figures.now.runs == 1
    assert figures.month is not None
    assert figures.now.cost_usd == cost_of_models(figures) == figures.month.spent_usd == 1.0
    check_that_it_adds_up(figures)
    assert get_overview(reading, SCOPE, HOUR).now.runs == 3


class _after_every_read:
    """Calls `act` after each SELECT on an engine."""

    def __init__(self, engine: Engine, act: Callable[..., None]) -> None:
        self._of = (engine, "after_cursor_execute", self._heard)
        self._act = act

    def _heard(self, _c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith("SELECT") and "FROM" in statement:
            self._act()

    def __enter__(self) -> None:
        event.listen(*self._of)

    def __exit__(self, *_: object) -> None:
        event.remove(*self._of)


def month(engine: Engine, now_ns: int, environment: str | None = None) -> Any:
    with engine.connect() as connection:
        same = [CostFilter("environment", (environment,))] if environment else []
        return read_month(connection, SCOPE, now_ns, filters=same)


def test_a_month_has_its_sum_its_last_whole_days_and_the_time_that_is_left(writing: Engine, reading: Engine) -> None:
    days = [0, 2, 2, 3, 4]
    calls = [run(n, MONTH_START_NS + day * DAY_NS + DAY_NS // 2) for n, day in enumerate(days, start=1)]
    commit(writing, [batch(*calls)])
    found = month(reading, MONTH_START_NS + 4 * DAY_NS + 3 * DAY_NS // 4)
    assert found.spent_usd == 5.0
    assert found.full_days_usd == (0.0, 2.0, 1.0)  # neither the first day with calls nor today
    assert found.days_left == pytest.approx(25.25)


def test_whoever_asks_in_the_same_quarter_of_an_hour_is_told_the_same_month(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(run(1, MONTH_START_NS + 1))])
    now_ns, quarter_ns = MONTH_START_NS + 5 * DAY_NS, DAY_NS // 96
    assert month(reading, now_ns + 1) == month(reading, now_ns + quarter_ns)
    assert month(reading, now_ns + 1) != month(reading, now_ns + quarter_ns + 1)


def test_the_days_reach_back_into_the_month_before_but_the_sum_does_not(writing: Engine, reading: Engine) -> None:
    calls = [run(n, MONTH_START_NS + (n - 20) * DAY_NS) for n in range(1, 21)]
    commit(writing, [batch(*calls)])
    found = month(reading, MONTH_START_NS + DAY_NS // 2)
    assert found.spent_usd == 1.0
    assert found.full_days_usd == (1.0,) * 14


def test_an_unknown_cost_of_the_month_stays_unknown(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(run(1, MONTH_START_NS + 1, cost_nusd=None))])
    assert month(reading, MONTH_START_NS + DAY_NS // 2).spent_usd is None
    assert month(reading, MONTH_START_NS + DAY_NS // 2, "prod").full_days_usd == ()


def test_only_the_environment_counts_that_is_asked_for(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(run(1, MONTH_START_NS, environment="prod"), run(2, MONTH_START_NS, environment="dev"))])
    assert month(reading, MONTH_START_NS + DAY_NS // 2, "prod").spent_usd == 1.0
