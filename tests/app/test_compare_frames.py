from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.charts.strip import strip_chart
from app.frames.aligned_rows import aligned_rows, tree_payload
from app.frames.changes_told import changes_told
from app.frames.compared_nodes import compared_nodes
from app.frames.compared_steps import telling_call
from app.frames.compared_timelines import pair_of_timelines
from app.frames.groups import caution, sentence
from app.frames.run_bridge import cost_bridge, time_bridge
from app.frames.verdict import Verdict, verdict
from app.theme import LIGHT
from collector.analysis.changes import Change
from collector.analysis.comparison import Comparison, align_spans, compare
from collector.analysis.contributions import Contribution
from collector.analysis.groups import Contrast, Figure, compare_groups, compare_steps, contrasts
from collector.analysis.spread import NormalSpread, spread_of
from collector.store.records import ExceptionNote, SpanRecord, StepSpan
from tests.analysis.spans import make_span, span_lists
from tests.analysis.test_comparison import AFTER, BEFORE, llm, run, tool
from tests.app.samples import summary

SECOND = 1_000_000_000
NOTHING_KNOWN = NormalSpread(duration_ms=spread_of([]), cost_usd=spread_of([]), tokens=spread_of([]), runs=0)


def compared(a: list[SpanRecord], b: list[SpanRecord], **told: tuple[Change, ...]) -> Comparison:
    return compare(align_spans(a, b), {(span, span): changes for span, changes in told.items()})


def judged(a: list[SpanRecord], b: list[SpanRecord], words: int | None = None, **told: tuple[Change, ...]) -> Verdict:
    return verdict(
        compared(a, b, **{name.removeprefix("s"): changes for name, changes in told.items()}), NOTHING_KNOWN, words
    )


def test_retries_after_a_changed_prompt_are_told_as_cause_and_effect() -> None:
    note = (ExceptionNote(type="SearchTimeout", message="no answer"),)
    after = [replace(span, exceptions=note) if span.status == "error" else span for span in AFTER]
    told = judged(BEFORE, after, 3, s1=(Change("system"),))
    assert (told.time.text, told.time.tone) == ("3.00\u00a0s longer (+150\u00a0%)", 1)
    assert told.cause == "search timed out and was retried once after three words of the system prompt changed"
    assert told.first_at == "step 1, chat"
    assert told.first == "three words of its system prompt changed"


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        (run(llm("1", 0, 1, 0.01), tool("2", 1, 4), trace_id="b"), "search took 2.00\u00a0s longer"),
        (run(llm("1", 0, 5, 0.01, request_model="o3"), tool("2", 5, 6)), "chat ran on o3 instead of m"),
        (run(llm("1", 0, 1, 0.01)), "search fell away (1 call)"),
        (run(llm("1", 0, 1, 0.01), tool("2", 1, 2), tool("3", 2, 4, name="check")), "check was added (1 call)"),
        (run(llm("1", 0, 1, 0.01), tool("2", 1, 2), tool("3", 2, 4)), "search was called twice instead of once"),
        (run(llm("1", 0, 1, 0.05), tool("2", 1, 2)), "chat cost $0.0400 more"),
    ],
)
def test_the_cause_is_what_the_largest_part_did(after: list[SpanRecord], cause: str) -> None:
    assert judged(BEFORE, after).cause == cause


def test_a_run_against_itself_has_no_cause_and_never_parts() -> None:
    told = judged(BEFORE, BEFORE)
    assert (told.time.text, told.cost.text, told.cause, told.first_at) == ("as long as A", "as much as A", None, None)


def test_what_people_changed_is_told_once_with_the_steps_it_concerns() -> None:
    warmer = Change("parameters", "temperature", "0.2", "0.9")
    told = {"s1": (Change("system"), warmer), "s2": (Change("system"), Change("tools", "fetch", "x", None))}
    comparison = compared(BEFORE, AFTER, **{name.removeprefix("s"): changes for name, changes in told.items()})
    assert changes_told(comparison) == (
        "the system prompt of chat and search; the temperature of chat (0.2 → 0.9); the tool fetch of search (gone)"
    )
    assert changes_told(compared(BEFORE, BEFORE)) == ""


def test_an_unknown_cost_is_not_called_equal() -> None:
    free = [replace(span, cost_usd=None) for span in BEFORE]
    assert judged(free, free).cost.text == "an unknown amount"


def test_the_spread_says_outside_inside_or_that_it_can_not_be_said() -> None:
    seconds = spread_of(1000.0 * second for second in range(1, 21))
    normal = NormalSpread(duration_ms=seconds, cost_usd=spread_of([0.03] * 20), tokens=spread_of([]), runs=20)
    assert verdict(compared(BEFORE, AFTER), normal, None).spread == (
        "B is inside the normal spread",
        "of the last 20 good runs on time and cost.",
    )
    fast = replace(normal, duration_ms=spread_of([100.0] * 20))
    assert verdict(compared(BEFORE, AFTER), fast, None).spread == (
        "Outside the normal spread",
        "on time: slower than all of the last 20 good runs.",
    )
    assert judged(BEFORE, AFTER).spread == ("What is normal can't be said", "from 0 earlier runs of this workflow.")


parts = st.lists(st.tuples(st.integers(0, 10**11), st.integers(0, 10**11)), min_size=1, max_size=14)


@settings(deadline=None)
@given(parts)
def test_a_bridge_adds_up_as_printed(values: list[tuple[int, int]]) -> None:
    given_parts = [Contribution("tool", f"step {at}", a, b, 1, 1, ()) for at, (a, b) in enumerate(values)]
    for bridge in (time_bridge(given_parts), cost_bridge(given_parts)):
        printed = [_number(label) for label in bridge.steps["label"]]
        assert sum(printed[:-1]) == pytest.approx(printed[-1], abs=1e-6)
        ends = list(bridge.steps["end"])
        assert ends[-2] == pytest.approx(ends[-1])


def _number(label: str) -> float:
    if label.startswith("<"):
        return 0.0
    text = label.replace("\u2212", "-").replace("$", "").replace(",", "").replace("\u00a0s", "")
    scale = 0.001 if text.endswith("ms") else 1
    return scale * float(text.removesuffix("\u00a0ms"))


def test_the_tree_marks_what_came_and_went_and_folds_what_is_unchanged() -> None:
    quiet = [make_span("5", "run", 0, SECOND, kind="agent", name="triage"), make_span("6", "5", 0, 1, name="inner")]
    columns = aligned_rows(compared([*BEFORE, *quiet], [*AFTER, *quiet]), "First difference").columns
    marked = dict(zip(columns.name, columns.mark, strict=True))
    assert (marked["chat"], marked["revise"]) == ("", "+")
    assert [columns.name[at] for at in columns.folded] == ["triage"]
    assert columns.failed[columns.id.index("2")] == "failed"
    assert columns.step[columns.id.index("3")] == "4"


def test_the_browser_is_sent_the_same_bytes_for_the_same_comparison() -> None:
    comparison = compared(BEFORE, AFTER, **{"1": (Change("system"),)})
    payload = tree_payload(comparison, "a b", "First difference")
    content = json.loads(payload)
    shown = aligned_rows(comparison, "First difference").columns
    assert payload == tree_payload(comparison, "a b", "First difference")
    assert payload.index(b"rev") == 2
    for name in content["texts"]:
        assert [content["table"][number] for number in content["rows"][name]] == getattr(shown, name)
    assert content["rows"]["a_start"] == [bar and round(bar[0] * 100_000) for bar in shown.a]
    assert {len(column) for column in content["rows"].values()} == {len(comparison.nodes)}
    other = tree_payload(compared(BEFORE, BEFORE), "a b", "")
    assert other[:40] != payload[:40]


def test_a_text_that_is_no_text_does_not_keep_the_tree_from_being_sent() -> None:
    broken = [replace(span, name="\ud800 </script>") for span in BEFORE]
    content = json.loads(tree_payload(compared(broken, broken), "a b", ""))
    assert content["rows"]["id"] == [span.span_id for span in broken]


def test_of_a_contribution_the_first_call_that_differs_is_shown() -> None:
    comparison = compared(BEFORE, AFTER)
    shown = {part.name: telling_call(comparison, part) for part in comparison.time}
    names = {name: at is not None and comparison.nodes[at].shown.span.span_id for name, at in shown.items()}
    assert names == {"search": "2", "revise": "3", "chat": "1"}
    assert telling_call(comparison, Contribution("no span", "idle", 0, 1, 0, 0, ())) is None


def test_a_bridge_says_which_bar_is_which_contribution() -> None:
    steps = time_bridge(compared(BEFORE, AFTER).time).steps
    assert [None if pd.isna(part) else int(part) for part in steps["part"]] == [None, 0, 1, None]


def test_the_axis_of_a_bridge_begins_at_a_round_number() -> None:
    parts = [Contribution("llm", "x", 10_110_000_000, 14_210_000_000, 1, 1, ())]
    assert time_bridge(parts).axis[0] == 8.0


def test_versions_and_models_of_a_workflow_are_put_against_each_other() -> None:
    runs = [
        summary(workflow="bot", version="3", models=("a", "embed")),
        summary(workflow="bot", version="2", models=("b", "embed")),
        summary(workflow="bot", version="1", models=("b", "embed")),
        summary(workflow="other", version="1", models=("a",)),
        summary(workflow=None, version="9", models=("x",)),
    ]
    assert contrasts(runs) == (Contrast("bot", "version", "2", "3"), Contrast("bot", "model", "b", "a"))


def test_the_table_of_nodes_counts_those_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.frames.compared_nodes.MOST_ROWS", 2)
    frame, differing = compared_nodes(compared(BEFORE, AFTER))
    assert (len(frame), differing) == (2, 4)


@settings(deadline=None)
@given(span_lists(max_size=10), span_lists(max_size=10))
def test_every_column_of_the_tree_has_a_value_a_node(a: list[SpanRecord], b: list[SpanRecord]) -> None:
    comparison = compared(a, b)
    rows = aligned_rows(comparison, "").columns
    sizes = {len(getattr(rows, name)) for name in rows.__slots__ if name not in ("folded", "differs")}
    assert sizes == {len(comparison.nodes)}
    bars: list[Any] = [bar for side in (rows.a, rows.b) for bar in side if bar]
    assert all(0 <= start <= 1 and 0 <= start + length <= 1.001 for start, length in bars)
    assert len(compared_nodes(comparison)[0]) <= len(comparison.nodes)
    assert pair_of_timelines(comparison).lanes >= 1


def test_both_runs_have_the_same_lanes_and_axis() -> None:
    pair = pair_of_timelines(compared(BEFORE, AFTER))
    assert pair.lanes == 2
    assert pair.bars["a"]["end"].max() < pair.bars["b"]["end"].max() <= 1


def test_of_all_pairs_the_share_in_which_b_is_slower_is_told() -> None:
    assert sentence(Figure("duration_ms", (1000.0, 2000.0), (3000.0,))) == (
        "A run of B is slower than one of A in 100 of 100 pairs; median 3.00\u00a0s against 1.50\u00a0s"
    )
    assert sentence(Figure("cost_usd", (1.0,), (1.0,))).startswith("No difference to speak of")
    assert sentence(Figure("cost_usd", (), (1.0,))) == "No run of A has a known cost; the median of B is $1.00"
    assert sentence(Figure("cost_usd", (), ())) == "No run of either group has a known cost"


@pytest.mark.parametrize(
    ("a", "b", "aligned"),
    [(5.0, 5.0, ["right", "left"]), (5.2, 5.0, ["left", "right"]), (1.0, 9.0, ["center", "center"])],
)
def test_labels_of_runs_that_took_about_as_long_stand_apart(a: float, b: float, aligned: list[str]) -> None:
    spec = strip_chart(spread_of([1.0, 9.0]), a, b, str, LIGHT).to_dict()
    texts = [layer["mark"] for layer in spec["layer"] if layer["mark"]["type"] == "text"]
    assert [mark["align"] for mark in texts] == aligned


def test_few_runs_are_a_caution_and_many_are_none() -> None:
    many = [summary()] * 30
    assert caution(compare_groups(many, many)) is None
    told = caution(compare_groups(many, many[:8]))
    assert told is not None
    assert "a difference may be chance" in told


def test_runs_that_are_not_over_are_in_no_group_and_unpriced_costs_in_no_figure() -> None:
    groups = compare_groups([summary(), summary(outcome="running")], [summary(unpriced_spans=1, outcome="failed")])
    assert (groups.a_runs, groups.b_runs) == (1, 1)
    assert groups.b_outcomes == {"ok": 0, "recovered": 0, "failed": 1}
    assert [figure.b for figure in groups.figures if figure.name == "cost_usd"] == [()]


def test_steps_of_another_model_are_the_same_step() -> None:
    a = [StepSpan("x", "chat m1", "llm", None, None, None, "m1", None, "ok", 1000.0, 0.01)]
    b = [
        StepSpan("y", "chat m2", "llm", None, None, None, "m2", None, "error", 2000.0, None),
        StepSpan("y", "chat m2", "llm", None, None, None, "m2", None, "ok", 4000.0, None),
    ]
    [step] = compare_steps(a, b)
    assert step.a is not None
    assert step.b is not None
    assert (step.a.duration_ms, step.b.duration_ms, step.b.calls, step.b.failed) == (1000.0, 3000.0, 2.0, 1)
    assert (step.a.cost_usd, step.b.cost_usd) == (0.01, None)
