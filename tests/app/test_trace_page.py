from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import queries
from app.format import escape_markdown
from app.frames.span_tree import FIRST_ROWS
from app.queries import comparison
from app.queries import spans as span_queries
from collector.analysis.steps import Call
from collector.errors import BadQuery, NotFound, StoreUnavailable
from collector.store.records import (
    ExceptionRecord,
    Message,
    Part,
    SpanDetail,
    SpanEvent,
    SpanRecord,
    TextsFound,
    TraceNote,
    TraceSummary,
)
from tests.analysis.spans import make_span
from tests.app.conftest import FakeStore, made, open_page, parts, words
from tests.app.samples import HOSTILE, summary

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SECOND = 1_000_000_000
SPANS = (
    make_span("a0", None, 0, 10 * SECOND, kind="workflow", name="support"),
    make_span("a1", "a0", 0, 4 * SECOND, kind="llm", name="chat", input_tokens=60, output_tokens=9, counted=True),
    make_span("a2", "a0", 4 * SECOND, 9 * SECOND, kind="tool", name="search", status="error"),
    make_span("a3", "a0", 9 * SECOND, 10 * SECOND, kind="tool", name="reply", status="error"),
)
EMPTY: dict[str, Any] = {
    "input": (),
    "output": (),
    "request_parameters": {},
    "tool_definitions": (),
    "attributes": {},
    "resource": {},
    "events": (),
    "links": (),
    "exceptions": (),
    "scores": (),
}


def span_detail(record: SpanRecord, **known: Any) -> SpanDetail:
    unknown: dict[str, Any] = {field.name: None for field in fields(SpanDetail)}
    return SpanDetail(**(unknown | EMPTY | {"record": record} | known))


class Trace:
    """What the queries of the page answer."""

    def __init__(self) -> None:
        self.summary: TraceSummary = summary(outcome="failed", workflow="support", error="Timeout: no answer")
        self.spans: tuple[SpanRecord, ...] = SPANS
        self.known: dict[str, Any] = {}
        self.known_of: dict[str, dict[str, Any]] = {}
        """What is known of one span beside that."""
        self.fault: Exception | None = None
        self.note = TraceNote(project_id="default", trace_id=TRACE_ID)
        self.said: dict[str, tuple[tuple[Message, ...], tuple[Message, ...]]] = {}
        self.called: dict[str, Call] = {}
        self.hashes: dict[str, str] = {}
        self.found: tuple[str, ...] = ()

    def messages(self, spans: Iterable[SpanRecord]) -> dict[str, tuple[tuple[Message, ...], tuple[Message, ...]]]:
        return {span.span_id: self.said[span.span_id] for span in spans if span.span_id in self.said}

    def calls(self, spans: Iterable[SpanRecord]) -> dict[str, Call]:
        return {span.span_id: self.called[span.span_id] for span in spans if span.span_id in self.called}

    def answer(self, what: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*args: Any) -> Any:
            if self.fault:
                raise self.fault
            return what(*args)

        return ask

    def detail(self, _trace_id: str, span_id: str) -> SpanDetail:
        record = next(span for span in self.spans if span.span_id == span_id)
        return span_detail(record, **(self.known | self.known_of.get(span_id, {})))


@pytest.fixture
def trace(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> Trace:
    return answered_by_a_trace(monkeypatch)


def answered_by_a_trace(monkeypatch: pytest.MonkeyPatch) -> Trace:
    shown = Trace()
    monkeypatch.setattr(queries, "trace", shown.answer(lambda _id: shown.summary))
    monkeypatch.setattr(queries, "trace_spans", shown.answer(lambda _id: shown.spans))
    monkeypatch.setattr(queries, "span_detail", shown.answer(shown.detail))
    monkeypatch.setattr(comparison, "earlier_runs", lambda _id, _limit: ())
    monkeypatch.setattr(span_queries, "note", shown.answer(lambda *_key: shown.note))
    monkeypatch.setattr(span_queries, "messages", shown.answer(shown.messages))
    monkeypatch.setattr(span_queries, "calls", shown.answer(shown.calls))
    monkeypatch.setattr(
        span_queries, "said_in", shown.answer(lambda _tree, _text: TextsFound(frozenset(shown.found), None))
    )
    monkeypatch.setattr(span_queries, "argument_hashes", shown.answer(lambda _tree: shown.hashes))
    return shown


def opened(dashboard: AppTest, **params: str) -> AppTest:
    return open_page(dashboard, "trace", **({"trace": TRACE_ID} | params))


def panel_title(page: AppTest) -> str:
    return next(element.value for element in page.markdown if ":gray-badge[" in element.value)


def test_a_failed_trace_opens_on_its_first_failure(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard)
    assert not page.exception
    assert "**search**" in panel_title(page)
    assert page.title[0].value == "support"
    assert [metric.label for metric in page.metric] == [
        "Duration",
        "Waiting on tools",
        "Waiting on models",
        "Tokens",
        "Cost",
    ]
    assert len(page.get("vega_lite_chart")) == 1


def test_the_span_in_the_link_is_the_one_that_is_shown(dashboard: AppTest, trace: Trace) -> None:
    assert "**chat**" in panel_title(opened(dashboard, span="a1"))


def test_a_span_that_is_not_in_the_trace_is_ignored(dashboard: AppTest, trace: Trace) -> None:
    assert "**search**" in panel_title(opened(dashboard, span="ffff"))


def test_a_row_of_unknown_cost_says_so(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, view="tree")
    assert "unknown" in page.button(key="row_a1").label
    assert "unknown" not in page.button(key="row_a2").label


def test_choosing_a_row_writes_the_span_into_the_link(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, view="tree")
    page.button(key="row_a1").click().run()
    assert page.query_params["span"] == "a1"
    assert "**chat**" in panel_title(page)


def test_next_error_goes_from_failure_to_failure_and_round(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard)
    seen = []
    for _ in range(2):
        page.button(key="step_error").click().run()
        seen.append(page.query_params["span"])
    assert seen == ["a3", "a2"]


def test_what_is_looked_for_is_counted_and_stepped_through(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, find="TOOL", span="a2")
    assert "1 of 2" in words(page)
    for expected in ("a3", "a2"):
        page.button(key="step_arrow_downward").click().run()
        assert page.query_params["span"] == expected
    page.button(key="step_arrow_upward").click().run()
    assert page.query_params["span"] == "a3"


def test_what_is_not_there_is_said_not_to_be_found(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, find="no such thing")
    assert "nothing found" in words(page)
    assert not page.exception


@pytest.mark.parametrize(("view", "drawn"), [("waterfall", 2), ("tree", 0), ("nonsense", 2)])
def test_the_view_in_the_link_is_the_one_that_is_shown(dashboard: AppTest, trace: Trace, view: str, drawn: int) -> None:
    page = opened(dashboard, view=view)
    assert not page.exception
    assert len(parts(page)) == drawn


def test_the_selected_span_says_what_a_faster_one_would_win(dashboard: AppTest, trace: Trace) -> None:
    assert "the run would take 8.00\xa0s instead of 10.0\xa0s" in words(opened(dashboard, span="a1"))


def test_a_run_is_measured_against_the_last_of_its_workflow(
    dashboard: AppTest, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = tuple(summary(trace_id=f"{number:032x}", duration_ms=1000.0) for number in range(8))
    monkeypatch.setattr(comparison, "earlier_runs", lambda _id, _limit: earlier)
    page = opened(dashboard)
    assert "Slower than all of the last 8 runs" in words(page)
    assert page.metric[0].delta.replace("\xa0", " ").replace("\\", "") == "+112 % vs median 1.00 s"


def test_a_trace_without_failures_has_no_next_error(dashboard: AppTest, trace: Trace) -> None:
    trace.spans = SPANS[:2]
    assert "step_error" not in {button.key for button in opened(dashboard).button}


def test_an_unknown_trace_says_so_and_leads_to_the_list(dashboard: AppTest, trace: Trace) -> None:
    trace.fault = NotFound("no trace abc")
    page = opened(dashboard, trace="abc")
    assert not page.exception
    assert "No such trace" in words(page)
    assert "abc" in words(page)
    assert len(page.get("page_link")) >= 1


def test_the_first_digits_of_an_id_open_the_one_trace_they_fit(
    dashboard: AppTest, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(queries, "ask", lambda _read, beginning: TRACE_ID if TRACE_ID.startswith(beginning) else "")
    monkeypatch.setattr(queries, "trace", lambda trace_id: (asked.append(trace_id), trace.summary)[1])
    page = opened(dashboard, trace=TRACE_ID[:8])
    assert not page.exception
    assert asked == [TRACE_ID]


def test_digits_that_fit_several_traces_lead_to_all_of_them(
    dashboard: AppTest, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def several(*_: object) -> str:
        raise BadQuery("several traces begin with 0af76519")

    monkeypatch.setattr(queries, "ask", several)
    page = opened(dashboard, trace="0af76519")
    assert not page.exception
    assert "Several traces begin so" in words(page)
    assert any("q=id%3A0af76519" in link.proto.query_string for link in page.get("page_link"))


def test_a_link_without_a_trace_says_so(dashboard: AppTest, trace: Trace) -> None:
    trace.fault = NotFound("no trace")
    assert "The link names no trace" in words(open_page(dashboard, "trace"))


def test_an_outage_is_not_taken_for_a_missing_trace(dashboard: AppTest, trace: Trace) -> None:
    trace.fault = StoreUnavailable("connection refused")
    page = opened(dashboard)
    assert not page.exception
    assert "can't be reached" in words(page)
    assert "No such trace" not in words(page)


def test_an_exception_stands_on_the_panel_with_its_stack_trace(dashboard: AppTest, trace: Trace) -> None:
    stack = 'Traceback (most recent call last):\n  File "a.py", line 1\nTimeoutError: no answer'
    failure = ExceptionRecord(type="TimeoutError", message="no answer", stacktrace=stack, time_ns=5)
    trace.known = {"exceptions": (failure, failure)}
    page = opened(dashboard)
    assert not page.exception
    assert stack in [code.value for code in page.code]
    assert "no answer" in [code.value for code in page.code]


def test_a_failure_without_an_exception_still_says_that_it_failed(dashboard: AppTest, trace: Trace) -> None:
    assert "The span says that it failed, not why." in words(opened(dashboard))


def open_tab(page: AppTest, name: str) -> AppTest:
    """Only the open tab of the span's panel is drawn."""
    page.query_params["tab"] = name.lower()
    return page.run()


def test_messages_tell_roles_calls_and_results_apart(dashboard: AppTest, trace: Trace) -> None:
    call = Part(type="tool_call", name="search", id="call_1", text='{"q": "parcel"}')
    result = Part(type="tool_result", name="search", id="call_1", text="nothing found")
    trace.known = {
        "input": (
            Message(role="system", parts=(Part(type="text", text="Be kind."),)),
            Message(role="assistant", parts=(call,)),
            Message(role="tool", parts=(result,)),
        ),
        "output": (Message(role="assistant", parts=(Part(type="text", text="Sorry."),)),),
    }
    page = opened(dashboard, span="a1")
    said = words(page)
    assert all(role in said for role in ("**System**", "**Assistant**", "**Tool result**"))
    assert ":gray[:small[calls]] **search**" in said
    assert "result of **search**" in said
    assert {"Be kind.", "q  parcel"} <= {code.value for code in page.code}
    assert "Sorry." in [code.value for code in open_tab(page, "Response").code]


def test_all_of_a_long_text_can_be_reached_page_by_page(dashboard: AppTest, trace: Trace) -> None:
    text = "".join(f"line {number}\n" for number in range(6_000))
    trace.known = {"input_text": text}
    page = opened(dashboard, span="a1")
    assert text not in [code.value for code in page.code]
    page.toggle(key="all_in_a1").set_value(True).run()
    pieces = [code.value for code in page.code if code.value.startswith("line 0\n")]
    assert len(pieces) == 1
    assert len(page.get("download_button")) == 1
    assert not page.exception


def test_an_unfinished_trace_is_drawn(dashboard: AppTest, trace: Trace) -> None:
    trace.summary = summary(outcome="running", end_ns=None, duration_ms=None)
    trace.spans = (make_span("a0", None, 0, None, kind="agent"), make_span("a1", "a0", 1, None, kind="llm"))
    page = opened(dashboard)
    assert not page.exception
    assert page.metric[0].value == "unknown"


def test_text_of_a_span_is_never_markdown(dashboard: AppTest, trace: Trace) -> None:
    record = make_span(
        "a0",
        None,
        0,
        SECOND,
        name=HOSTILE,
        kind=HOSTILE,
        status="error",
        status_message=HOSTILE,
        response_model=HOSTILE,
        finish_reason=HOSTILE,
        returned_error=HOSTILE,
        excluded_reason=HOSTILE,
        excluded_by=HOSTILE,
        input_tokens=1,
        cost_usd=1.0,
        cost_source=HOSTILE,
        price={"source": HOSTILE, "model": HOSTILE, "input_per_mtok": HOSTILE},
    )
    child = make_span("a1", "a0", 0, SECOND, name=HOSTILE, kind="tool", tool_name=HOSTILE)
    trace.spans = (record, child)
    trace.summary = summary(
        name=HOSTILE,
        workflow=HOSTILE,
        version=HOSTILE,
        environment=HOSTILE,
        error=HOSTILE,
        outcome="failed",
        session_id=HOSTILE,
        tags=(HOSTILE,),
        models=(HOSTILE,),
    )
    part = Part(type="tool_call", name=HOSTILE, id=HOSTILE, text=HOSTILE)
    trace.known = {
        "input": (Message(role=HOSTILE, parts=(part, Part(type=HOSTILE, text=HOSTILE, name=HOSTILE))),),
        "output_text": HOSTILE,
        "request_parameters": {HOSTILE: HOSTILE[:20]},
        "tool_definitions": ({HOSTILE: HOSTILE},),
        "attributes": {HOSTILE: HOSTILE * 9},
        "events": (SpanEvent(name=HOSTILE, time_ns=5, attributes={HOSTILE: HOSTILE}),),
        "exceptions": (ExceptionRecord(type=HOSTILE, message=HOSTILE, stacktrace=HOSTILE, time_ns=5),),
        "scope_name": HOSTILE,
    }
    page = opened(dashboard, span="a0")
    assert HOSTILE in [text.value for text in page.text]
    for tab in ("Request", "Response", "Attributes", "Events", "Cost"):
        open_tab(page, tab)
        assert not page.exception
        markdown = [element.value for kind in ("title", "markdown", "caption", "error") for element in page.get(kind)]
        markdown += [element.label for kind in ("button", "expander", "toggle", "metric") for element in page.get(kind)]
        markdown += [str(metric.value) for metric in page.metric]
        unescaped = [re.sub(r"\\.", "", text) for text in markdown]
        for raw in ("![x", "](http", "<img", "**b*", "[r]", "$x", ":smile:", "www.evil"):
            assert not [text for text in unescaped if raw in text], raw
        assert any(escape_markdown("![x]") in text for text in markdown)


def test_a_wide_trace_is_paged_and_opens_at_the_selected_span(dashboard: AppTest, trace: Trace) -> None:
    calls = [make_span(f"b{number:03x}", "a0", number, number + 1, kind="tool") for number in range(400)]
    trace.spans = (make_span("a0", None, 0, SECOND, kind="workflow"), *calls)
    page = opened(dashboard, span="b12c", view="tree")
    assert not page.exception
    rows = [button.key for button in page.button if str(button.key).startswith("row_")]
    assert len(rows) == FIRST_ROWS
    assert "row_b12c" in rows
    assert page.toggle(key="timeline_all").label == "Show all 401"


@pytest.mark.parametrize(
    "params", [{"view": "tree"}, {"find": "chat", "fold": "on", "group": "on", "look": "json", "tab": "response"}]
)
def test_a_browser_that_heard_of_the_second_run_alone_shows_the_same_choices(
    dashboard: AppTest, trace: Trace, params: dict[str, str]
) -> None:
    """As one that was still loading the code of a widget when the first came."""
    trace.known = {"output": (Message(role="assistant", parts=(Part(type="text", text="yes"),)),)}
    first = made(opened(dashboard, **params))
    assert made(dashboard.run()) == first
