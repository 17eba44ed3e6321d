"""The calls behind a figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cost_calls import calls_of, main_movers, of_group, of_step
from collector.analysis.bridge import STEPS, bridge
from collector.query import parse
from collector.store.records import Period
from collector.store.records.costs import LEDGER_DIMENSIONS, CostCell, CostFilter, CostQuestion, Costs, Spend
from tests.analysis.costs import cell, cell_lists

NOW, BEFORE = Period(10**18, 10**18 + 10**15), Period(10**18 - 10**15, 10**18)
DOLLAR = 10**9


def costs(before: list[CostCell], now: list[CostCell], *by: str, where: tuple[CostFilter, ...] = ()) -> Costs:
    question = CostQuestion(now=NOW, before=BEFORE, by=by or ("workflow",), where=where)
    return Costs(
        question=question,
        now=tuple(now),
        before=tuple(before),
        total_now=Spend(),
        total_before=Spend(),
        runs_now=0,
        runs_before=0,
        steps=(),
        month=None,  # type: ignore[arg-type]
    )


def query(*where: CostFilter) -> str:
    found: str = calls_of(where, NOW)["query"]
    return found


@pytest.mark.parametrize(
    ("dimension", "values", "expected"),
    [
        ("workflow", ("a", "b c"), 'workflow:(a OR "b c")'),
        ("user", (None,), '-user:"*"'),
        ("tag", ("x",), "tag:x"),
        ("team", ("Search",), "team:Search"),
        ("team", (None,), '-team:"*"'),
        ("source", ("override",), "source:override"),
        ("source", (None,), "-cost>=0"),
        ("user", ("a", None), ""),
        ("project", ("other",), ""),
    ],
)
def test_a_filter_is_a_condition_of_the_search(dimension: str, values: tuple[str | None, ...], expected: str) -> None:
    assert query(CostFilter(dimension, values)) == expected


@given(st.sampled_from([*LEDGER_DIMENSIONS, "tag", "team"]), st.none() | st.text(min_size=1, max_size=30))
def test_every_row_opens_a_search_that_can_be_read(dimension: str, value: str | None) -> None:
    text = query(*of_group(costs([], [], dimension), (value,)))
    if "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text) and dimension != "source":
        assert bool(parse(text, ("team",)).terms) == (dimension != "project")


def test_one_project_is_chosen_and_not_searched_for() -> None:
    assert calls_of((CostFilter("project", ("other",)),), NOW)["project"] == "other"


def test_a_row_narrows_the_filters_of_the_report() -> None:
    where = (CostFilter("workflow", ("a", "b")), CostFilter("tag", ("x",)))
    assert query(*of_group(costs([], [], "workflow", "tag", where=where), ("a", "y"))) == "tag:x workflow:a tag:y"


def test_a_step_opens_the_calls_that_moved_it_most() -> None:
    def spent(workflow: str, calls: int) -> CostCell:
        nusd = calls * DOLLAR
        return cell(workflow=workflow, calls=calls, cost_nusd=nusd, input_cost_nusd=nusd, input_tokens=calls)

    before, now = [spent("a", 1), spent("b", 1), spent("c", 5)], [spent("a", 100), spent("b", 2), spent("c", 4)]
    moved = bridge(before, now)
    where, period = of_step(costs(before, now), moved, "volume")
    assert (query(*where), period) == ("workflow:a model:m", NOW)


def test_calls_that_are_no_more_are_listed_where_they_were() -> None:
    gone = cell(workflow="a", calls=1, cost_nusd=DOLLAR, input_cost_nusd=DOLLAR, input_tokens=1)
    assert of_step(costs([gone], []), bridge([gone], []), "volume")[1] == BEFORE


@given(cell_lists(), cell_lists(), st.sampled_from(STEPS))
def test_the_main_movers_went_the_way_of_the_step(before: list[CostCell], now: list[CostCell], step: str) -> None:
    moved = bridge(before, now)
    assert all(mover.nusd * moved.step_nusd(step) > 0 for mover in main_movers(moved, step))
    assert bool(main_movers(moved, step)) == bool(moved.step_nusd(step))
