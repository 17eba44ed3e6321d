"""The span panel and the marks beside the title, as a person uses them."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.commands import marks
from collector.errors import StoreUnavailable
from collector.store.records import Message, Part, Score, SpanEvent, TraceNote
from tests.analysis.spans import make_span
from tests.app.conftest import FakeStore, words
from tests.app.samples import HOSTILE
from tests.app.test_trace_page import SECOND, Trace, answered_by_a_trace, opened


def says(role: str, text: str) -> Message:
    return Message(role=role, parts=(Part(type="text", text=text),))


CALL = Message(role="assistant", parts=(Part(type="tool_call", name="search", id="c1", text='{"q": "parcel"}'),))
RESULT = Message(role="tool", parts=(Part(type="tool_result", id="c1", text="Timeout"),))
SYSTEM, ASK = says("system", "Be kind."), says("user", "Where is it?")
LOOP = (
    make_span("a0", None, 0, 10 * SECOND, kind="agent", name="helper"),
    make_span("a1", "a0", 0, SECOND, kind="llm", name="plan", input_tokens=60, counted=True),
    make_span("a2", "a0", 2 * SECOND, 3 * SECOND, kind="tool", name="search", tool_call_id="c1", status="error"),
    make_span("a3", "a0", 4 * SECOND, 5 * SECOND, kind="llm", name="revise", input_tokens=90, counted=True),
)


@pytest.fixture(name="trace")
def looping(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> Trace:
    shown = answered_by_a_trace(monkeypatch)
    shown.spans = LOOP
    shown.known_of = {"a1": {"input": (SYSTEM, ASK)}, "a3": {"input": (SYSTEM, ASK, CALL, RESULT)}}
    return shown


def codes(page: AppTest) -> list[str]:
    return [code.value for code in page.code]


def test_only_what_is_new_since_the_previous_call_is_unfolded(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, span="a3")
    assert not page.exception
    assert "new since the previous call, plan (+30 tokens)" in words(page)
    assert {"q  parcel", "Timeout"} <= set(codes(page))
    assert "Be kind." not in codes(page)
    folded = next(item for item in page.expander if "as in the previous call" in item.label)
    assert folded.label == "2 messages as in the previous call, plan"
    page.session_state["known_in_a3"] = True
    assert {"Be kind.", "Where is it?"} <= set(codes(page.run()))


def test_a_first_call_has_no_history(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, span="a1")
    assert {"Be kind.", "Where is it?"} <= set(codes(page))
    assert "previous call" not in words(page)


def test_a_result_is_named_by_its_call_and_marked_when_the_tool_failed(dashboard: AppTest, trace: Trace) -> None:
    assert ":red[:material/close: result of **search**, which failed]" in words(opened(dashboard, span="a3"))


def test_parameters_and_the_tools_offered_stand_above_the_messages(dashboard: AppTest, trace: Trace) -> None:
    trace.known = {
        "request_parameters": {"temperature": 0.2, "stop": ["a"]},
        "tool_definitions": ({"name": "search", "parameters": {"properties": {"q": {}}, "required": ["q"]}},),
    }
    page = opened(dashboard, span="a1")
    assert "temperature] **0\\.2**" in words(page)
    assert any("1 tool offered" in item.label and "search" in item.label for item in page.expander)
    page.session_state["tools_in_a1"] = True
    assert "**search** :gray[:small[q\\*]]" in words(page.run())


def test_the_tab_is_in_the_link_and_goes_into_it(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, span="a1", tab="cost")
    assert "says nothing" not in words(page)
    assert "The cost is unknown" in words(page)
    page.session_state["choice_tab"] = "Events"
    assert "This span has no events." in words(opened(dashboard, span="a1", tab="events"))


@pytest.mark.parametrize("wrong", ["nonsense", "<b>", ""])
def test_a_tab_that_is_none_opens_the_request(dashboard: AppTest, trace: Trace, wrong: str) -> None:
    assert "Be kind." in codes(opened(dashboard, span="a1", tab=wrong))


def test_messages_are_shown_as_json_when_asked(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, span="a1", look="json")
    assert not page.exception
    shown = next(code for code in codes(page) if code.startswith("["))
    assert '"role": "system"' in shown
    assert '"text": "Be kind."' in shown


def test_markdown_is_shown_as_its_source(dashboard: AppTest, trace: Trace) -> None:
    trace.known_of["a1"] = {"input": (says("user", "# Title"),)}
    page = opened(dashboard, span="a1", look="markdown")
    assert [code.language for code in page.code if code.value == "# Title"] == ["markdown"]


def test_media_are_named_and_never_fetched(dashboard: AppTest, trace: Trace) -> None:
    parts = (Part(type="image", text="http://evil.example/a.png"), Part(type="file", text="inline"))
    trace.known_of["a1"] = {"input": (Message(role="user", parts=parts),)}
    page = opened(dashboard, span="a1")
    assert "image, not fetched, only named:" in words(page)
    assert "http://evil.example/a.png" in codes(page)
    assert "inside the span, see Attributes" in words(page)


def test_reasoning_is_folded(dashboard: AppTest, trace: Trace) -> None:
    trace.known = {"output": (Message(role="assistant", parts=(Part(type="reasoning", text="Hm."),)),)}
    page = opened(dashboard, span="a1", tab="response")
    assert "Hm." not in codes(page)
    page.session_state["why_out_a1_0_0"] = True
    assert "Hm." in codes(page.run())


def test_a_call_can_be_copied_as_a_program(dashboard: AppTest, trace: Trace) -> None:
    page = opened(dashboard, span="a1")
    assert not [code for code in codes(page) if "chat.completions" in code]
    page.session_state["python_in_a1"] = True
    assert any("client.chat.completions.create(" in code for code in codes(page.run()))
    page.session_state["bash_in_a1"] = True
    assert any(code.startswith("curl https://api.openai.com") for code in codes(page.run()))


def test_many_messages_are_turned_page_by_page(dashboard: AppTest, trace: Trace) -> None:
    trace.known_of["a1"] = {"input": tuple(says("user", f"message {number}") for number in range(70))}
    page = opened(dashboard, span="a1")
    assert len([code for code in codes(page) if code.startswith("message ")]) == 30
    page.session_state["page_in_a1"] = 3
    assert "message 69" in codes(page.run())


def test_attributes_can_be_searched_and_read_whole(dashboard: AppTest, trace: Trace) -> None:
    trace.known = {"attributes": {"gen_ai.x": "a" * 900, "other": 7}, "resource": {"service.name": "shop"}}
    page = opened(dashboard, span="a1", tab="attributes")
    assert "Span: 2 attributes" in words(page)
    assert "Resource: 1 attribute" in words(page)
    page.text_input(key="attributes_wanted").set_value("GEN_AI aaa").run()
    assert "Span: 1 of 2 attributes" in words(page)
    assert "Nothing matches." in words(page)
    page.session_state["kept_attribute_a1"] = "gen_ai.x"
    page.run()
    assert "a" * 900 in codes(page)
    assert "gen_ai.x\ntext" in words(page)


def test_events_tell_when_they_happened(dashboard: AppTest, trace: Trace) -> None:
    happened = SpanEvent(name="retry", time_ns=SECOND // 2, attributes={"n": 2, "why": "x" * 400})
    trace.known = {"events": (happened,)}
    page = opened(dashboard, span="a1", tab="events")
    assert "**retry** :gray[:small[after 500" in words(page)
    assert "x" * 400 in codes(page)


def test_what_is_not_counted_leads_to_what_is(dashboard: AppTest, trace: Trace) -> None:
    outer = make_span("a1", "a0", 0, SECOND, kind="llm", name="outer", input_tokens=9, excluded_by="a4",
                      excluded_reason="counted_in_descendant")  # fmt: skip
    inner = make_span("a4", "a1", 0, SECOND, kind="llm", name="inner", input_tokens=7, counted=True)
    trace.spans = (LOOP[0], outer, inner)
    page = opened(dashboard, span="a1", tab="cost")
    assert "Counted: inner." in words(page)
    assert "**Totals differ**" in words(page)
    assert "There is no price" not in [text.value for text in page.text]
    page.button(key="go_instead").click().run()
    assert page.query_params["span"] == ["a4"] or page.query_params["span"] == "a4"


def test_a_trace_without_content_says_so(dashboard: AppTest, trace: Trace) -> None:
    trace.known_of = {}
    assert "This span carries no input." in words(opened(dashboard, span="a1"))
    assert "This span carries no output." in words(opened(dashboard, span="a1", tab="response"))


# Marks


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was told to the commands."""
    told: list[tuple[Any, ...]] = []

    def telling(name: str) -> Any:
        return lambda *said: told.append((name, *said[1:]))

    for name in ("star", "write_note", "thumb", "add_score", "remove_score"):
        monkeypatch.setattr(marks, name, telling(name))
    return told


def test_a_star_is_set_and_taken_back(dashboard: AppTest, trace: Trace, written: list[tuple[Any, ...]]) -> None:
    page = opened(dashboard)
    page.button(key="star").click().run()
    trace.note = TraceNote(project_id="default", trace_id="t", is_starred=True, note="Look at step 3 **now**")
    page.run()
    assert page.button(key="star").label == "★ Starred"
    assert "Look at step 3 **now**" in [text.value for text in page.text]
    page.button(key="star").click().run()
    assert written == [("star", True), ("star", False)]


def test_a_note_is_written(dashboard: AppTest, trace: Trace, written: list[tuple[Any, ...]]) -> None:
    page = opened(dashboard)
    page.text_area(key="note_text").set_value("why twice?")
    page.button(key="note_save").click().run()
    assert written == [("write_note", "why twice?")]


def test_thumbs_say_up_down_and_nothing(dashboard: AppTest, trace: Trace, written: list[tuple[Any, ...]]) -> None:
    page = opened(dashboard)
    thumbs = next(item for item in page.feedback if item.key == "thumbs_trace")
    thumbs.set_value(1).run()
    assert written == [("thumb", None, True)]
    up = Score(id="thumbs", name="thumbs", value=1.0, label=None, comment=None, span_id=None, source="person")
    trace.summary = _scored(trace, up)
    page = page.run()
    assert next(item for item in page.feedback if item.key == "thumbs_trace").value == 1


def _scored(trace: Trace, *scores: Score) -> Any:
    return type(trace.summary)(**{name: getattr(trace.summary, name) for name in trace.summary.__slots__}
                               | {"scores": scores})  # fmt: skip


def test_scores_stand_beside_the_title_and_only_ones_own_can_be_removed(
    dashboard: AppTest, trace: Trace, written: list[tuple[Any, ...]]
) -> None:
    known = {"value": 0.82, "label": None, "comment": "**fine**", "span_id": None}
    trace.summary = _scored(
        trace,
        Score(id="a", name="helpful", source="api", **known),  # type: ignore[arg-type]
        Score(id="b", name="tone", source="person", **known),  # type: ignore[arg-type]
        Score(id="c", name="inner", source="event", **(known | {"span_id": "a1"})),  # type: ignore[arg-type]
    )
    page = opened(dashboard)
    assert "helpful 0\\.82" in words(page)
    page.session_state["scores_trace"] = True
    page.run()
    assert not page.exception
    assert "**fine**" in [text.value for text in page.text]
    assert "1 more on single spans" in words(page)
    removing = [button for button in page.button if str(button.key).startswith("unscore_")]
    assert len(removing) == 1
    removing[0].click().run()
    assert written == [("remove_score", "b")]


def test_a_mark_that_can_t_be_kept_says_why_once(
    dashboard: AppTest, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreUnavailable("database is locked")

    monkeypatch.setattr(marks, "star", refuse)
    page = opened(dashboard)
    page.button(key="star").click().run()
    assert not page.exception
    assert "This could not be kept." in words(page)
    assert "database is locked" in codes(page)
    assert "This could not be kept." not in words(page.run())


def test_marks_show_text_as_it_stands(dashboard: AppTest, trace: Trace) -> None:
    hostile = Score(id="a", name=HOSTILE, value=None, label=HOSTILE, comment=HOSTILE, span_id=None, source=HOSTILE)
    trace.summary = _scored(trace, hostile)
    trace.note = TraceNote(project_id="default", trace_id="t", note=HOSTILE)
    page = opened(dashboard)
    page.session_state["scores_trace"] = True
    page.run()
    assert not page.exception
    assert [text.value for text in page.text].count(HOSTILE) == 2
    assert not [element for element in page.markdown if "![x]" in element.value]


@pytest.mark.parametrize("tab", ["request", "response", "attributes", "events"])
def test_content_that_is_no_longer_kept_is_said(dashboard: AppTest, trace: Trace, tab: str) -> None:
    trace.known_of = {"a3": {"content_removed": True}}
    page = opened(dashboard, span="a3", tab=tab)
    assert not page.exception
    assert "The content is no longer kept." in words(page)
    assert "carries no" not in words(page)
    assert ("Ids" in words(page)) == (tab == "attributes")


def test_its_cost_is_still_told(dashboard: AppTest, trace: Trace) -> None:
    trace.known_of = {"a3": {"content_removed": True}}
    assert "no longer kept" not in words(opened(dashboard, span="a3", tab="cost"))
