"""Conversation, steps and graph of a trace."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from app.components.steps import STEPS
from app.queries import spans as span_queries
from collector.analysis.steps import Call
from collector.errors import StoreUnavailable
from collector.store.records import Message, Part, SpanRecord
from tests.analysis.spans import make_span
from tests.app.conftest import FakeStore, chosen, column, words
from tests.app.samples import HOSTILE
from tests.app.test_span_panel import ASK, CALL, LOOP, RESULT, SYSTEM, codes, says
from tests.app.test_trace_page import SECOND, Trace, answered_by_a_trace, opened


@pytest.fixture(name="trace")
def looping(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> Trace:
    shown = answered_by_a_trace(monkeypatch)
    shown.spans = LOOP
    shown.said = {
        "a1": ((SYSTEM, ASK), (CALL,)),
        "a3": ((SYSTEM, ASK, CALL, RESULT), (says("assistant", "Porto."),)),
    }
    shown.called = {"a2": Call('{"q": "parcel"}', "Timeout")}
    return shown


def many(size: int) -> tuple[SpanRecord, ...]:
    calls = [
        make_span(f"b{n:03x}", "a0", n * SECOND, (n + 1) * SECOND, kind="llm", name=f"call {n}") for n in range(size)
    ]
    return (make_span("a0", None, 0, size * SECOND, kind="agent", name="helper"), *calls)


def test_a_conversation_says_each_message_once_with_results_beside_calls(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, view="conversation", span="a0")
    assert not page.exception
    said = codes(page)
    assert [said.count(text) for text in ("Be kind.", "Where is it?", "q  parcel", "Timeout", "Porto.")] == [1] * 5
    assert "3 earlier folded" in words(page)
    assert "result of **search**, which failed" in words(page)


def test_a_turn_and_a_tool_call_lead_to_their_spans(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, view="conversation", span="a0")
    page.button(key="turn_open_2").click().run()
    assert page.query_params["span"] in ("a3", ["a3"])
    next(button for button in page.button if str(button.key).startswith("tool_")).click().run()
    assert page.query_params["span"] in ("a2", ["a2"])


def test_a_result_that_no_message_repeats_is_read_from_the_tool(dashboard: AppTest, trace: Trace) -> None:
    del trace.said["a3"]
    assert "Timeout" in codes(opened(dashboard, view="conversation", span="a0"))


def test_a_long_conversation_opens_at_the_selected_call_and_is_turned(dashboard: AppTest, trace: Trace) -> None:
    trace.spans = many(35)
    trace.said = {f"b{n:03x}": ((says("user", f"question {n}"),), ()) for n in range(35)}
    page = opened(dashboard, view="conversation", span="b00c")
    assert [text for text in codes(page) if text.startswith("question")] == [f"question {n}" for n in range(10, 20)]
    again = opened(dashboard, view="conversation", span="b00c", page="4")
    assert [text for text in codes(again) if text.startswith("question")] == [f"question {n}" for n in range(30, 35)]
    beyond = opened(dashboard, view="conversation", page="99")
    assert not beyond.exception
    assert "question 34" in codes(beyond)


def test_a_page_reads_only_the_calls_it_needs(
    dashboard: AppTest, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def reading(spans: list[SpanRecord]) -> dict[str, object]:
        asked.append(len(spans))
        return {}

    trace.spans = many(60)
    monkeypatch.setattr(span_queries, "messages", reading)
    opened(dashboard, view="conversation", span="b01c")
    assert asked == [12]


def test_a_trace_without_models_and_one_without_content_say_so(dashboard: AppTest, trace: Trace) -> None:
    trace.said = dict.fromkeys((span.span_id for span in LOOP), ((), ()))
    assert "These calls carry no messages" in words(opened(dashboard, view="conversation"))
    trace.spans = (LOOP[0], make_span("a1", "a0", 0, SECOND, kind="other"))
    assert "No model was called" in words(opened(dashboard, view="conversation"))
    assert "there are no steps" in words(opened(dashboard, view="steps"))


def test_a_conversation_whose_content_is_no_longer_kept_says_so(dashboard: AppTest, trace: Trace) -> None:
    trace.said = {}
    said = words(opened(dashboard, view="conversation"))
    assert "The content is no longer kept." in said
    assert "carry no messages" not in said


def test_steps_tell_a_loop_in_a_sentence(dashboard: AppTest, trace: Trace) -> None:
    tools = [make_span(f"c{n}", "a0", n * SECOND, (n + 1) * SECOND, kind="tool", name="search") for n in range(5)]
    trace.spans = (LOOP[0], *tools)
    trace.called = {f"c{n}": Call('{"q": "same"}', "nothing") for n in range(5)}
    page = opened(dashboard, view="steps")
    assert not page.exception
    assert "The last 5 steps call “search” with the same arguments" in words(page)
    assert column(page, "arguments", "steps")[:2] == ["q same", "= same call as step 1"]


def test_a_loop_is_told_on_every_page_of_a_long_run(dashboard: AppTest, trace: Trace) -> None:
    numbers = range(1, 2 * STEPS + 6)
    tools = [make_span(f"c{n}", "a0", n, n + 1, kind="tool", name="search") for n in numbers]
    trace.spans = (LOOP[0], *tools)
    trace.hashes = {f"c{n}": "same" if n < 10 else str(n) for n in numbers}
    page = opened(dashboard, view="steps", page="3")
    assert "Steps 1 to 9 call “search” with the same arguments" in words(page)
    assert column(page, "step", "steps") == [str(n) for n in numbers][2 * STEPS :]
    page.button(key="loop_first_0").click().run()
    assert chosen(page, "span") == "c1"
    assert column(page, "step", "steps")[0] == "1"


def test_a_step_is_the_same_call_as_one_on_an_earlier_page(dashboard: AppTest, trace: Trace) -> None:
    numbers = range(1, STEPS + 2)
    trace.spans = (LOOP[0], *(make_span(f"c{n}", "a0", n, n + 1, kind="tool", name="search") for n in numbers))
    trace.hashes = {f"c{n}": str(n % STEPS) for n in numbers}
    trace.called = {f"c{STEPS + 1}": Call("{}", None)}
    page = opened(dashboard, view="steps", page="2")
    assert column(page, "arguments", "steps") == ["= same call as step 1"]


def test_find_looks_into_what_went_in_and_came_out(dashboard: AppTest, trace: Trace) -> None:
    trace.found = ("a1",)
    assert {"1 found", "1 of 1"} & {caption.value for caption in opened(dashboard, find="refund").caption}


def test_the_graph_is_offered_only_with_several_agents(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, view="graph")
    assert not page.exception
    assert not page.get("graphviz_chart")
    second = make_span("a9", "a0", 5 * SECOND, 6 * SECOND, kind="agent", name="billing")
    trace.spans = (*LOOP, second)
    page = opened(dashboard, view="graph")
    assert not page.exception
    assert len(page.get("graphviz_chart")) == 1
    assert set(column(page, "callee", "calls_between")) == {"search", "billing"}


@pytest.mark.parametrize("view", ["conversation", "steps", "graph"])
def test_nothing_of_a_span_is_markup_in_any_view(dashboard: AppTest, trace: Trace, view: str) -> None:
    trace.spans = (
        make_span("a0", None, 0, SECOND, kind="agent", name=HOSTILE),
        make_span("a1", "a0", 0, 1, kind="llm", name=HOSTILE, response_model=HOSTILE, status="error"),
        make_span("a2", "a0", 2, 3, kind="tool", tool_name=HOSTILE, tool_call_id=HOSTILE, returned_error=HOSTILE),
        make_span("a3", "a0", 3, 4, kind="agent", name=HOSTILE + "2"),
    )
    call = Message(role=HOSTILE, parts=(Part(type="tool_call", name=HOSTILE, id=HOSTILE, text=HOSTILE),))
    trace.said = {"a1": ((call, says(HOSTILE, HOSTILE)), (call,))}
    trace.called = {"a2": Call(HOSTILE, HOSTILE)}
    page = opened(dashboard, view=view)
    assert not page.exception
    shown = [str(element.value) for kind in ("markdown", "caption") for element in page.get(kind)]
    shown += [element.label for kind in ("button", "expander") for element in page.get(kind)]
    bare = [re.sub(r"\\.", "", text) for text in shown]
    assert not [text for text in bare if "![x" in text or "<img" in text or "www.evil" in text]


@pytest.mark.parametrize("view", ["conversation", "steps"])
def test_an_outage_while_reading_is_said(
    dashboard: AppTest, trace: Trace, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("connection refused")

    for read in ("messages", "calls"):
        monkeypatch.setattr(span_queries, read, away)
    page = opened(dashboard, view=view)
    assert not page.exception
    assert "can't be reached" in words(page)


def test_an_unknown_view_shows_the_first(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, view="nonsense")
    assert not page.exception
