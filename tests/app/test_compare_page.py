from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import queries
from app.queries import comparison as asked
from collector.analysis.changes import Change
from collector.analysis.comparison import align_spans, compare
from collector.analysis.spread import NormalSpread, spread_of
from collector.errors import NotFound, StoreUnavailable
from collector.query import render
from collector.store.records import Freshness, Message, Part, SpanDetail, SpanRecord, StepSpan, TraceSummary
from tests.analysis.spans import make_span
from tests.app.conftest import FakeStore, open_page, parts, words
from tests.app.samples import HOSTILE, summary
from tests.app.test_trace_page import EMPTY

A_ID, B_ID = "a" * 32, "b" * 32
SECOND = 1_000_000_000


def spans(trace_id: str, *, name: str = "search", retries: int = 0) -> tuple[SpanRecord, ...]:
    known: dict[str, Any] = {"trace_id": trace_id}
    calls = [
        make_span(
            f"{trace_id[0]}{2 + at}",
            f"{trace_id[0]}0",
            (1 + at) * SECOND,
            (2 + at) * SECOND,
            kind="tool",
            name=name,
            status="error" if at < retries else "ok",
            **known,
        )
        for at in range(1 + retries)
    ]
    model: dict[str, Any] = {"kind": "llm", "name": "plan", "counted": True, "cost_usd": 0.01, "input_tokens": 9}
    return (
        make_span(f"{trace_id[0]}0", None, 0, (2 + retries) * SECOND, kind="workflow", name="support", **known),
        make_span(f"{trace_id[0]}1", f"{trace_id[0]}0", 0, SECOND, **model, **known),
        *calls,
    )


class Pair:
    """What the queries of the page answer."""

    def __init__(self) -> None:
        self.traces = {
            A_ID: summary(trace_id=A_ID, workflow="support", version="42", duration_ms=2000.0),
            B_ID: summary(trace_id=B_ID, workflow="support", version="43", duration_ms=5000.0, outcome="recovered"),
        }
        self.spans = {A_ID: spans(A_ID), B_ID: spans(B_ID, retries=3)}
        self.good: TraceSummary | None = self.traces[A_ID]
        self.before: TraceSummary | None = self.traces[A_ID]
        self.group: dict[str, tuple[TraceSummary, ...]] = {}
        self.fault: Exception | None = None

    def trace(self, trace_id: str) -> TraceSummary:
        if self.fault:
            raise self.fault
        if trace_id not in self.traces:
            raise NotFound(trace_id)
        return self.traces[trace_id]

    def detail(self, trace_id: str, span_id: str) -> SpanDetail:
        record = next(span for span in self.spans[trace_id] if span.span_id == span_id)
        prompt = "Search with " + ("plain words." if trace_id == A_ID else f"whole sentences. {HOSTILE}")
        known: dict[str, Any] = {field.name: None for field in fields(SpanDetail)} | EMPTY | {"record": record}
        if record.kind == "llm":
            known["input"] = (Message(role="system", parts=(Part(type="text", text=prompt),)),)
        return SpanDetail(**known)

    def compare(self, a: TraceSummary, b: TraceSummary) -> Any:
        aligned = align_spans(self.spans[a.trace_id], self.spans[b.trace_id])
        told = {("a1", "b1"): (Change("system"),), ("a2", "b2"): (Change("arguments"),)}
        return compare(aligned, told)


@pytest.fixture
def pair(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> Pair:
    shown = Pair()
    normal = NormalSpread(
        duration_ms=spread_of(range(1900, 2100, 10)),
        cost_usd=spread_of([0.01] * 20),
        tokens=spread_of([9] * 20),
        runs=20,
    )
    step = StepSpan("a", "plan", "llm", None, None, None, None, None, "ok", 900.0, 0.01)
    answers: dict[str, Callable[..., Any]] = {
        "comparison": shown.compare,
        "normal_spread": lambda _a, _b: normal,
        "last_good_run": lambda _id: shown.good,
        "run_before": lambda _id: shown.before,
        "earlier_runs": lambda _id, _limit: tuple(shown.traces.values()),
        "group_runs": lambda wanted: shown.group.get(render(wanted.query).removeprefix("version:"), ()),
        "group_steps": lambda _ids: (step,),
    }
    for name, answer in answers.items():
        monkeypatch.setattr(asked, name, answer)
    monkeypatch.setattr(queries, "trace", shown.trace)
    monkeypatch.setattr(queries, "span_detail", shown.detail)
    return shown


def opened(dashboard: AppTest, **params: str) -> AppTest:
    page = open_page(dashboard, "compare", **params)
    assert not page.exception
    return page


def components(page: AppTest) -> int:
    return len(parts(page))


def test_b_stands_beside_the_last_good_run_with_a_verdict(dashboard: AppTest, pair: Pair) -> None:
    page = opened(dashboard, b=B_ID)
    said = words(page)
    assert "search failed and was retried three times" in said.replace("\\", "")
    assert "words of the system prompt changed" in said
    assert "**First difference at step 1\\, plan:**" in said
    assert "**Outside the normal spread**" in said
    assert "A is the last good run before B" in said
    assert components(page) >= 2  # the tree and a diff
    assert len(page.dataframe) == 1


def test_the_run_before_can_be_asked_for(dashboard: AppTest, pair: Pair) -> None:
    assert "A is the run before B" in words(opened(dashboard, a="before", b=B_ID))


def test_swapping_puts_both_ids_into_the_link(dashboard: AppTest, pair: Pair) -> None:
    page = opened(dashboard, b=B_ID)
    page.button(key="swap").click().run()
    assert (page.query_params["a"], page.query_params["b"]) == (B_ID, A_ID) or (
        page.query_params["a"],
        page.query_params["b"],
    ) == ([B_ID], [A_ID])
    assert "less" in words(page)


def test_the_chosen_span_says_what_changed_in_it(dashboard: AppTest, pair: Pair) -> None:
    said = words(opened(dashboard, b=B_ID, span="b2"))
    assert "it ended with failed instead of ok; its arguments differ" in said.replace("\\", "")


def test_nothing_chosen_offers_the_newest_runs(dashboard: AppTest, pair: Pair) -> None:
    page = opened(dashboard)
    assert "Choose a run" in words(page)
    assert [element.label for element in page.text_input] == [
        "Trace A, by id or its first characters",
        "Trace B, by id or its first characters",
    ]


def test_a_pasted_id_goes_into_the_link(dashboard: AppTest, pair: Pair) -> None:
    page = opened(dashboard)
    page.text_input(key="id_b_").set_value(f" {B_ID.upper()} ").run()
    assert page.query_params["b"] in (B_ID, [B_ID])
    assert "B took" in words(page)


def test_one_trace_twice_says_so(dashboard: AppTest, pair: Pair) -> None:
    assert "one run, twice" in words(opened(dashboard, a=B_ID, b=B_ID))


def test_other_workflows_are_compared_with_a_note(dashboard: AppTest, pair: Pair) -> None:
    pair.traces[A_ID] = replace(pair.traces[A_ID], workflow=HOSTILE)
    page = opened(dashboard, a=A_ID, b=B_ID)
    assert any("runs of two workflows" in info.value for info in page.info)
    assert "B took" in words(page)


def test_a_run_that_is_not_there_is_named(dashboard: AppTest, pair: Pair) -> None:
    said = words(opened(dashboard, a="c" * 32, b=B_ID))
    assert "Run A is not there" in said
    assert "c" * 32 in said


def test_a_workflow_without_another_good_run_says_so(dashboard: AppTest, pair: Pair) -> None:
    pair.good = None
    assert "Nothing to compare it with" in words(opened(dashboard, b=B_ID))


def test_a_running_trace_is_marked_as_unfinished(dashboard: AppTest, pair: Pair) -> None:
    pair.traces[B_ID] = replace(pair.traces[B_ID], outcome="running")
    assert any("B is running" in info.value for info in opened(dashboard, b=B_ID).info)


def test_an_outage_is_no_missing_run(dashboard: AppTest, pair: Pair) -> None:
    pair.fault = StoreUnavailable("connection refused")
    assert "database can't be reached" in words(opened(dashboard, b=B_ID))


def test_an_empty_database_helps_to_send_the_first_trace(dashboard: AppTest, store: FakeStore, pair: Pair) -> None:
    store.freshness = Freshness()
    assert "Waiting for the first trace" in words(opened(dashboard))


def test_groups_ask_for_two_queries(dashboard: AppTest, pair: Pair) -> None:
    said = words(opened(dashboard, view="groups"))
    assert "Name two groups of runs" in said
    assert "workflow:rag.query model:gpt-5" in said  # no run to make a suggestion of


def test_groups_that_there_are_can_be_clicked(dashboard: AppTest, pair: Pair) -> None:
    pair.group = {"": (pair.traces[B_ID], pair.traces[A_ID])}
    page = opened(dashboard, view="groups")
    [link] = [element for element in page.get("page_link") if "against" in element.proto.label]
    assert link.proto.label.replace("\\", "") == "**support** version 42 against 43"
    assert "ga=workflow%3Asupport+version%3A42" in link.proto.query_string


def test_costs_that_nobody_knows_are_no_zeros(dashboard: AppTest, pair: Pair) -> None:
    for trace_id, of_trace in pair.spans.items():
        pair.spans[trace_id] = tuple(replace(span, cost_usd=None) for span in of_trace)
        pair.traces[trace_id] = replace(pair.traces[trace_id], cost_usd=None, unpriced_spans=1)
    said = words(opened(dashboard, b=B_ID))
    assert "and cost an unknown amount" in said
    assert "No call of either run has a known cost" in said


def test_groups_of_unpriced_runs_say_so(dashboard: AppTest, pair: Pair) -> None:
    unpriced = replace(pair.traces[A_ID], cost_usd=None, unpriced_spans=1)
    pair.group = {"42": (unpriced,) * 40, "43": (unpriced,) * 40}
    said = words(opened(dashboard, view="groups", ga="version:42", gb="version:43"))
    assert "No run of either group has a known cost" in said
    assert "Failed: 0.0" in said.replace("\\", "")


def test_small_groups_come_with_a_caution(dashboard: AppTest, pair: Pair) -> None:
    pair.group = {"42": (pair.traces[A_ID],) * 40, "43": (pair.traces[B_ID],) * 3}
    page = opened(dashboard, view="groups", ga="version:42", gb="version:43")
    assert any("too few to conclude anything" in warning.value for warning in page.warning)
    assert "A run of B is slower than one of A in 100 of 100 pairs" in words(page).replace("\\", "")


def test_a_group_without_runs_is_named(dashboard: AppTest, pair: Pair) -> None:
    pair.group = {"42": (pair.traces[A_ID],)}
    assert "No finished run is in group B" in words(opened(dashboard, view="groups", ga="version:42", gb="version:43"))
