from __future__ import annotations

from collector.analysis.baseline import FEWEST, baseline
from tests.app.samples import summary


def test_a_run_stands_between_the_runs_before_it() -> None:
    earlier = [summary(duration_ms=float(ms)) for ms in (100, 200, 300, 400, 500)]
    standing = baseline(summary(duration_ms=300.0), earlier).duration_ms
    assert standing is not None
    assert (standing.below, standing.above, standing.runs, standing.median, standing.change) == (2, 2, 5, 300.0, 0.0)


def test_too_few_runs_are_no_measure() -> None:
    assert baseline(summary(), [summary()] * (FEWEST - 1)).duration_ms is None


def test_unknown_figures_are_left_out_on_both_sides() -> None:
    earlier = [summary(total_tokens=None), *[summary(total_tokens=10)] * FEWEST]
    standing = baseline(summary(total_tokens=20), earlier).total_tokens
    assert standing is not None
    assert standing.runs == FEWEST
    assert baseline(summary(total_tokens=None), earlier).total_tokens is None


def test_a_cost_with_a_part_unknown_is_not_compared() -> None:
    known = [summary()] * FEWEST
    assert baseline(summary(unpriced_spans=1), known).cost_usd is None
    assert baseline(summary(), [summary(unpriced_spans=1)] * FEWEST).cost_usd is None
    assert baseline(summary(), known).cost_usd is not None


def test_a_median_of_nothing_gives_no_percentage() -> None:
    standing = baseline(summary(cost_usd=1.0), [summary(cost_usd=0.0)] * FEWEST).cost_usd
    assert standing is not None
    assert standing.change is None
