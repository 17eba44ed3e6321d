from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.frames.overview import activity, dearest, durations, failed_runs, model_costs, slowest
from collector.store.records import Bucket, ModelCost, WorkflowTotals
from tests.app.samples import HOUR_NS, NOW_NS, overview

few = st.integers(0, 5)
buckets = st.builds(Bucket, start_ns=st.just(NOW_NS), length_ns=st.just(HOUR_NS), ok=few, recovered=few, failed=few)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@given(buckets)
def test_the_parts_of_a_bar_stand_on_each_other_and_add_up(bucket: Bucket) -> None:
    frame = activity([bucket])
    assert frame["runs"].sum() == bucket.ok + bucket.recovered + bucket.failed
    assert list(frame["low"])[1:] == list(frame["high"])[:-1]
    assert (frame["high"] - frame["low"] == frame["runs"]).all()


def test_failures_stand_on_the_ground() -> None:
    frame = activity(overview().buckets)
    assert list(frame[frame["low"] == 0]["outcome"]) == ["failed", "ok"]


def test_empty_periods_give_empty_frames_with_their_columns() -> None:
    assert list(activity([]).columns) == ["step", "start", "end", "outcome", "low", "high", "runs"]
    assert list(durations([]).columns) == ["time", "p50_ms", "p95_ms", "part", "p50", "p95", "alone"]
    assert len(failed_runs([])) == len(model_costs([])) == len(slowest([])) == len(dearest([])) == 0


def test_a_bucket_without_runs_has_no_duration() -> None:
    frame = durations(overview().buckets)
    assert list(frame["p50"].map(plain)) == ["2.00 s", "2.10 s"]


def test_a_line_is_not_drawn_across_a_bucket_without_runs() -> None:
    usual = overview().buckets[0]
    known = [True, True, False, True, False, True, True, True]
    buckets = [usual if is_known else replace(usual, p50_ms=None, p95_ms=None) for is_known in known]
    frame = durations(buckets)
    assert [len(part) for _, part in frame.groupby("part")] == [2, 1, 3]
    assert list(frame["alone"]) == [False, False, True, False, False, False]


def test_printed_model_costs_add_up_to_the_printed_total() -> None:
    models = [ModelCost(model=f"m{i}", calls=1, cost_usd=1.005, unpriced_calls=0) for i in range(3)]
    labels = list(model_costs(models)["label"])
    cents = [round(100 * float(label.split(",")[0].removeprefix("$"))) for label in labels]
    assert sum(cents) == round(100 * 3 * 1.005)


def test_a_model_without_a_price_says_so_instead_of_zero() -> None:
    frame = model_costs(overview().models)
    assert list(frame["label"].map(plain)) == ["$10.21, 69 %", "$4.51, 31 %", "no price, 26 calls"]


def test_calls_without_a_price_are_counted_beside_the_known_cost() -> None:
    frame = model_costs([ModelCost(model="m", calls=5, cost_usd=2.0, unpriced_calls=2)])
    assert plain(frame["label"][0]) == "$2.00, 2 unpriced"


def test_the_models_that_are_left_over_are_one_row() -> None:
    models = [ModelCost(model=f"m{i}", calls=1, cost_usd=1.0, unpriced_calls=0) for i in range(8)]
    frame = model_costs(models)
    assert list(frame["name"]) == ["m0", "m1", "m2", "m3", "4 others"]
    assert frame["value"].sum() == 8.0


def test_workflows_are_ranked_and_those_without_a_figure_left_out() -> None:
    unknown = WorkflowTotals(workflow=None, runs=2, p95_ms=None, cost_usd=None)
    workflows = (*overview().workflows, unknown)
    assert list(slowest(workflows)["name"]) == ["research-agent.run", "support-bot.answer"]
    assert list(dearest(workflows)["label"].map(plain)) == ["$6.94, $0.053/run", "$2.23, $0.0045/run"]


def test_a_cost_that_is_rounded_away_is_not_shown_as_nothing() -> None:
    models = [
        ModelCost(model="dear", calls=1, cost_usd=5.0, unpriced_calls=0),
        ModelCost(model="cheap", calls=1, cost_usd=0.0001, unpriced_calls=0),
        ModelCost(model="free", calls=1, cost_usd=0.0, unpriced_calls=0),
    ]
    assert list(model_costs(models)["label"]) == ["$5.00, 100\u00a0%", "<$0.01, 0\u00a0%", "$0, 0\u00a0%"]
