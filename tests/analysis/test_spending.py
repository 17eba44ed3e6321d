from __future__ import annotations

import pytest
from hypothesis import given

from collector.analysis.spending import by_source, caching, group_costs, unpriced_models
from collector.store.records.costs import CostCell
from tests.analysis.costs import cell, cell_lists


@given(cell_lists(), cell_lists())
def test_rows_add_up_to_both_totals(before: list[CostCell], now: list[CostCell]) -> None:
    rows = group_costs(before, now)
    assert sum(r.now_nusd or 0 for r in rows) == sum(c.spend.cost_nusd or 0 for c in now)
    assert sum(r.before_nusd or 0 for r in rows) == sum(c.spend.cost_nusd or 0 for c in before)
    assert sum(r.calls for r in rows) == sum(c.spend.calls for c in now)
    assert len({r.groups for r in rows}) == len(rows)


@given(cell_lists())
def test_sources_add_up_to_the_known_cost(cells: list[CostCell]) -> None:
    assert sum(by_source(cells).values()) == sum(c.spend.cost_nusd or 0 for c in cells)


def test_a_group_of_unknown_cost_is_unknown_and_not_free() -> None:
    [row] = group_costs([], [cell(source=None, calls=3, unpriced_calls=3)])
    assert (row.now_nusd, row.before_nusd, row.unpriced_calls, row.priced_calls) == (None, None, 3, 0)


def test_the_dearest_row_stands_first_and_what_went_away_stays() -> None:
    rows = group_costs(
        [cell("gone", calls=1, cost_nusd=9)], [cell("a", calls=1, cost_nusd=1), cell("b", calls=1, cost_nusd=2)]
    )
    assert [(r.groups, r.before_nusd, r.now_nusd) for r in rows] == [
        (("b",), None, 2),
        (("a",), None, 1),
        (("gone",), 9, None),
    ]


def test_models_without_a_price_are_named_with_their_calls() -> None:
    cells = [cell(model="x", calls=3, unpriced_calls=2), cell(model=None, calls=1, unpriced_calls=1)]
    assert unpriced_models(cells) == {"x": 2, "unknown model": 1}


def test_the_cache_saved_what_its_tokens_would_have_cost_more() -> None:
    cached = cell(
        calls=1, input_tokens=100, cache_read_tokens=80, cost_nusd=280, input_cost_nusd=200, cache_read_cost_nusd=80
    )
    found = caching([cached])
    assert (found.saved_nusd, found.read_share, found.could_save_nusd) == (720, 0.8, 0)


def test_writing_the_cache_counts_against_it() -> None:
    written = cell(
        calls=1,
        input_tokens=100,
        cache_write_tokens=50,
        cost_nusd=1_125,
        input_cost_nusd=500,
        cache_write_cost_nusd=625,
    )
    assert caching([written]).saved_nusd == -125


def test_a_workflow_could_save_what_the_best_one_with_its_model_does() -> None:
    best = cell(
        "best",
        calls=1,
        input_tokens=100,
        cache_read_tokens=50,
        cost_nusd=550,
        input_cost_nusd=500,
        cache_read_cost_nusd=50,
    )
    plain = cell("plain", calls=1, input_tokens=100, cost_nusd=1_000, input_cost_nusd=1_000)
    assert caching([best, plain]).could_save_nusd == pytest.approx(450)


def test_without_input_there_is_no_share() -> None:
    assert caching([cell(calls=1, cost_nusd=5)]).read_share is None
