"""The span panel and the views of a trace as a person uses them: read, fold, copy, mark, share."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Page, expect

from tests.browser.pages import settle
from tests.browser.test_hostile_spans import PAYLOADS
from tests.browser.test_main_job import LLM, send
from tests.collector.otlp_requests import SECOND_NS, START_NS, TRACE_ID, proto_span
from tests.servers import Server

AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"}
HUGE = "".join(f"line {number:07d} of a prompt that goes on and on\n" for number in range(90_000))
"""4 MB."""


def says(role: str, *parts: dict[str, object]) -> dict[str, object]:
    return {"role": role, "parts": list(parts)}


def text(content: str) -> dict[str, object]:
    return {"type": "text", "content": content}


def call(number: int, query: str) -> dict[str, object]:
    return {"type": "tool_call", "id": f"call_{number}", "name": "search", "arguments": {"query": query}}


def result(number: int, found: str) -> dict[str, object]:
    return {"type": "tool_call_response", "id": f"call_{number}", "response": found}


HISTORY = [says("system", text("Be kind.")), says("user", text("Where is my parcel?"))]
SEARCHED = says("assistant", call(1, "parcel"))
FOUND = says("tool", result(1, "It left Porto."))


def model_call(number: int, start_s: int, sent: list[dict[str, object]], answer: dict[str, object]) -> Span:
    attributes = LLM | {
        "gen_ai.input.messages": json.dumps(sent),
        "gen_ai.output.messages": json.dumps([answer]),
        "gen_ai.request.temperature": 1,
        "gen_ai.tool.definitions": json.dumps([{"type": "function", "name": "search", "parameters": {}}]),
    }
    return placed(proto_span(number, name=f"call {number}", attributes=attributes), start_s)


def placed(span: Span, start_s: int, length_s: int = 1) -> Span:
    span.start_time_unix_nano = START_NS + start_s * SECOND_NS
    span.end_time_unix_nano = span.start_time_unix_nano + length_s * SECOND_NS
    return span


def send_a_run(server: Server) -> None:
    """An agent that asks, searches, and answers."""
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "gen_ai.tool.call.id": "call_1"}
    told = {"gen_ai.tool.call.arguments": '{"query": "parcel"}', "gen_ai.tool.call.result": "It left Porto."}
    send(
        server,
        placed(proto_span(1, name="helper", attributes=AGENT), 0, 10),
        model_call(2, 1, HISTORY, SEARCHED),
        placed(proto_span(3, name="execute_tool search", attributes=tool | told), 3),
        model_call(4, 5, [*HISTORY, SEARCHED, FOUND], says("assistant", text("It left Porto at ten."))),
    )


def open_span(page: Page, server: Server, number: int, **params: str) -> None:
    more = "".join(f"&{name}={value}" for name, value in params.items())
    page.goto(f"{server.url}/trace?trace={TRACE_ID}&span={number:016x}{more}")
    expect(panel(page)).to_be_visible()


def panel(page: Page):  # type: ignore[no-untyped-def]
    return page.locator(".st-key-span_panel")


def selected(page: Page, name: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


def test_the_tab_goes_into_the_link_and_back_returns(dashboard: Server, page: Page) -> None:
    send_a_run(dashboard)
    open_span(page, dashboard, 4)
    panel(page).get_by_role("tab", name="Response").click()
    expect(panel(page).get_by_text("It left Porto at ten.")).to_be_visible()
    assert selected(page, "tab") == "response"
    panel(page).get_by_role("tab", name="Cost").click()
    expect(panel(page).get_by_text("Counted in the totals of its trace.")).to_be_visible()
    page.reload()
    expect(panel(page).get_by_text("Counted in the totals of its trace.")).to_be_visible()
    page.go_back()
    expect(panel(page).get_by_text("It left Porto at ten.")).to_be_visible()


def test_history_is_folded_and_what_is_new_is_marked(dashboard: Server, page: Page) -> None:
    send_a_run(dashboard)
    open_span(page, dashboard, 4)
    expect(panel(page).get_by_text("new since the previous call, call 2")).to_be_visible()
    expect(panel(page).get_by_text("It left Porto.", exact=True)).to_be_visible()
    expect(panel(page).get_by_text("Where is my parcel?")).to_have_count(0)
    panel(page).get_by_text("2 messages as in the previous call").click()
    expect(panel(page).get_by_text("Where is my parcel?")).to_be_visible()
    panel(page).get_by_text("1 tool offered").click()
    expect(panel(page).locator("[class*=st-key-tool_in_]").get_by_text("search")).to_be_visible()


def test_a_prompt_of_4_mb_opens_in_pages_and_is_copied_whole(dashboard: Server, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    send(dashboard, placed(proto_span(1, name="huge", attributes=LLM | {"gen_ai.prompt": HUGE}), 0))
    open_span(page, dashboard, 1)
    expect(panel(page).get_by_text("line 0000000 of a prompt")).to_be_visible()
    panel(page).get_by_text("Show all, 4,").click()
    expect(panel(page).get_by_text("line 0000300 of a prompt")).to_be_visible()
    panel(page).get_by_role("button", name=re.compile("2$")).first.click()
    expect(panel(page).get_by_text("line 0000600 of a prompt")).to_be_visible()
    assert sum(received) < 400_000
    panel(page).get_by_role("button", name="Copy all").click()
    expect(panel(page).get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == HUGE
    with page.expect_download() as waiting:
        panel(page).get_by_role("button", name=re.compile("Download")).click()
    assert waiting.value.path().read_text() == HUGE


def test_a_call_is_copied_as_a_program(dashboard: Server, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    send_a_run(dashboard)
    open_span(page, dashboard, 2)
    panel(page).get_by_role("button", name="Copy as Python").click()
    code = page.locator("[data-testid=stPopoverBody] [data-testid=stCode]")
    expect(code).to_contain_text("client.chat.completions.create(")
    code.hover()
    code.get_by_role("button", name="Copy to clipboard").click()
    assert "Where is my parcel?" in page.evaluate("navigator.clipboard.readText()")


def test_a_star_a_note_and_a_score_survive_a_reload(dashboard: Server, page: Page) -> None:
    send_a_run(dashboard)
    open_span(page, dashboard, 2)
    page.get_by_role("button", name="☆ Star").click()
    expect(page.get_by_role("button", name="★ Starred")).to_be_visible()
    page.get_by_role("button", name="Add a note").click()
    page.get_by_role("textbox", name="Note").fill("Why does it search twice?")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".st-key-trace_note")).to_contain_text("Why does it search twice?")
    page.locator(".st-key-trace_marks").get_by_role("button", name="Score").click()
    page.get_by_role("textbox", name="Name").fill("helpful")
    page.get_by_role("spinbutton", name="Value").fill("0.8")
    page.get_by_role("button", name="Add score").click()
    expect(page.locator(".st-key-trace_marks")).to_contain_text("helpful 0.8")
    page.reload()
    expect(page.get_by_role("button", name="★ Starred")).to_be_visible()
    expect(page.locator(".st-key-trace_note")).to_contain_text("Why does it search twice?")
    expect(page.locator(".st-key-trace_marks")).to_contain_text("helpful 0.8")
    told = dashboard.get(f"/api/v1/traces/{TRACE_ID}")["trace"]["scores"]
    assert [(score["name"], score["value"], score["source"]) for score in told] == [("helpful", 0.8, "person")]


def test_thumbs_on_a_span_can_be_changed_and_taken_back(dashboard: Server, page: Page) -> None:
    send_a_run(dashboard)
    open_span(page, dashboard, 2)
    thumbs = panel(page).locator(".st-key-span_marks [data-testid=stFeedback] button")
    for number, expected in ((1, [-1.0]), (0, [1.0]), (0, [])):
        thumbs.nth(number).click()
        page.wait_for_function(
            """async ([url, values]) => {
                const told = await (await fetch(url)).json();
                return JSON.stringify(told.trace.scores.map((score) => score.value)) === JSON.stringify(values);
            }""",
            arg=[f"/api/v1/traces/{TRACE_ID}", expected],
        )


def test_a_conversation_leads_to_its_calls(dashboard: Server, page: Page) -> None:
    send_a_run(dashboard)
    open_span(page, dashboard, 1, view="conversation")
    main = page.locator("[data-testid=stMain]")
    expect(main.get_by_text("Where is my parcel?")).to_have_count(1)
    expect(main.get_by_text("It left Porto.", exact=True)).to_have_count(1)
    page.locator(".st-key-turn_open_2").get_by_role("button").click()
    expect(panel(page).get_by_text("call 4").first).to_be_visible()
    assert selected(page, "span") == f"{4:016x}"
    assert selected(page, "view") == "conversation"


def test_a_row_of_the_steps_shows_its_span(dashboard: Server, page: Page) -> None:
    send_a_run(dashboard)
    open_span(page, dashboard, 1, view="steps")
    page.locator(".st-key-steps a.open").first.click()
    expect(panel(page).get_by_text("execute_tool search").first).to_be_visible()
    expect(page.locator(".st-key-steps .row.chosen")).to_have_count(1)


def test_a_graph_of_hostile_names_loads_nothing_and_runs_nothing(dashboard: Server, page: Page) -> None:
    agents = []
    for number, payload in enumerate(PAYLOADS, start=2):
        attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": payload[:500]}
        agents.append(placed(proto_span(number, name=payload, attributes=attributes), number))
    send(dashboard, placed(proto_span(1, name="helper", attributes=AGENT), 0, 60), *agents)
    open_span(page, dashboard, 1, view="graph")
    drawn = page.locator("[data-testid=stGraphVizChart] svg")
    expect(drawn).to_contain_text("iframe")
    assert drawn.locator("a, image, script, foreignObject").count() == 0
    assert page.evaluate("window.hacked === undefined")


@pytest.mark.parametrize("view", ["conversation", "steps"])
def test_hostile_messages_do_nothing_in_a_view(dashboard: Server, page: Page, view: str) -> None:
    spans = [placed(proto_span(1, name="helper", attributes=AGENT), 0, 60)]
    for number, payload in enumerate(PAYLOADS, start=2):
        answer = says(
            "assistant", text(payload), {"type": "tool_call", "id": payload, "name": payload, "arguments": payload}
        )
        spans.append(model_call(number, number, [says(payload, text(payload))], answer))
    send(dashboard, *spans)
    open_span(page, dashboard, 2, view=view, tab="response")
    shown = ".st-key-turn_head_1" if view == "conversation" else ".st-key-steps"
    expect(page.locator(shown)).to_be_visible()
    settle(page)
    assert page.evaluate("window.hacked === undefined")
    assert page.locator("[data-testid=stMain] img[src^='http']").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_the_panel_reads_well_on_a_phone(dashboard: Server, page: Page) -> None:
    send_a_run(dashboard)
    page.set_viewport_size({"width": 390, "height": 844})
    open_span(page, dashboard, 4, view="conversation")
    expect(panel(page).get_by_text("new since the previous call, call 2")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
