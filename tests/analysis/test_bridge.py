from __future__ import annotations

from hypothesis import given

from collector.analysis.bridge import STEPS, bridge
from collector.store.records.costs import CostCell
from tests.analysis.costs import cell, cell_lists

DOLLAR = 10**9


def steps(before: list[CostCell], now: list[CostCell]) -> dict[str, int]:
    found = bridge(before, now)
    return {step: nusd for step in STEPS if (nusd := found.step_nusd(step))}


@given(cell_lists(), cell_lists())
def test_the_steps_add_up_to_the_change_to_the_nano_dollar(before: list[CostCell], now: list[CostCell]) -> None:
    found = bridge(before, now)
    assert found.before_nusd == sum(c.spend.cost_nusd or 0 for c in before)
    assert found.now_nusd == sum(c.spend.cost_nusd or 0 for c in now)
    assert sum(m.nusd for m in found.movers) == found.now_nusd - found.before_nusd
    assert sum(found.step_nusd(step) for step in STEPS) == found.now_nusd - found.before_nusd


@given(cell_lists())
def test_nothing_moves_from_a_period_to_itself(cells: list[CostCell]) -> None:
    assert bridge(cells, cells).movers == ()


def test_twice_the_calls_are_volume() -> None:
    one = cell(calls=10, cost_nusd=DOLLAR, input_cost_nusd=DOLLAR, input_tokens=100)
    two = cell(calls=20, cost_nusd=2 * DOLLAR, input_cost_nusd=2 * DOLLAR, input_tokens=200)
    assert steps([one], [two]) == {"volume": DOLLAR}


def test_longer_prompts_are_tokens_a_call() -> None:
    one = cell(calls=10, cost_nusd=DOLLAR, input_cost_nusd=DOLLAR, input_tokens=100)
    two = cell(calls=10, cost_nusd=3 * DOLLAR, input_cost_nusd=3 * DOLLAR, input_tokens=300)
    assert steps([one], [two]) == {"tokens": 2 * DOLLAR}


def test_another_price_is_price() -> None:
    one = cell(calls=10, cost_nusd=2 * DOLLAR, output_cost_nusd=2 * DOLLAR, input_cost_nusd=0, output_tokens=100)
    two = cell(calls=10, cost_nusd=DOLLAR, output_cost_nusd=DOLLAR, input_cost_nusd=0, output_tokens=100)
    assert steps([one], [two]) == {"price": -DOLLAR}


def test_a_dearer_model_is_mix() -> None:
    cheap = cell(model="mini", calls=10, cost_nusd=DOLLAR, input_cost_nusd=DOLLAR, input_tokens=100)
    dear = cell(model="max", calls=10, cost_nusd=9 * DOLLAR, input_cost_nusd=9 * DOLLAR, input_tokens=100)
    assert steps([cheap], [dear]) == {"mix": 8 * DOLLAR}


def test_reading_from_the_cache_is_cache() -> None:
    parts = {"input_cost_nusd": 1_000, "cache_read_cost_nusd": 0}
    one = cell(calls=1, input_tokens=100, cost_nusd=1_000, **parts)
    two = cell(
        calls=1, input_tokens=100, cache_read_tokens=50, cost_nusd=550, input_cost_nusd=500, cache_read_cost_nusd=50
    )
    assert steps([one], [two]) == {"cache": -450}


def test_a_new_workflow_is_volume() -> None:
    new = cell(workflow="new", calls=10, cost_nusd=DOLLAR, input_cost_nusd=DOLLAR, input_tokens=100)
    assert steps([], [new]) == {"volume": DOLLAR}
    assert steps([new], []) == {"volume": -DOLLAR}


def test_a_cost_told_as_one_sum_moves_too() -> None:
    one = cell(calls=10, cost_nusd=DOLLAR, input_tokens=90, output_tokens=10)
    two = cell(calls=10, cost_nusd=2 * DOLLAR, input_tokens=180, output_tokens=20)
    assert steps([one], [two]) == {"tokens": DOLLAR}


def test_calls_without_a_price_are_in_no_step() -> None:
    unpriced = cell(source=None, calls=5, unpriced_calls=5, input_tokens=1_000)
    assert bridge([], [unpriced]).movers == ()


def test_a_step_names_who_moved_it_the_largest_first() -> None:
    before = [
        cell(workflow=w, calls=1, cost_nusd=n, input_cost_nusd=n, input_tokens=1) for w, n in (("a", 1), ("b", 5))
    ]
    now = [cell(workflow=w, calls=3, cost_nusd=n, input_cost_nusd=n, input_tokens=3) for w, n in (("a", 3), ("b", 15))]
    assert [(m.workflow, m.nusd) for m in bridge(before, now).movers if m.step == "volume"] == [("b", 10), ("a", 2)]
