"""What a person does with errors, agents, tools, sessions and users."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_main_job import send
from tests.collector.otlp_requests import SECOND_NS, proto_span, proto_value
from tests.servers import Server

STACK = 'Traceback (most recent call last):\n  File "stock.py", line 7, in look_up\nLookupError: no shelf'


def run_of(trace: int, *steps: Span, **attributes: Any) -> list[Span]:
    """A trace that began half a minute ago, with what was asked and answered on its root."""
    spoken = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "shop",
        "gen_ai.input.messages": said("user", str(attributes.pop("asked", "Is it there?"))),
        "gen_ai.output.messages": said("assistant", str(attributes.pop("answered", "It is."))),
    }
    return [of_trace(trace, span) for span in (proto_span(1, attributes=spoken | attributes), *steps)]


def said(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def of_trace(trace: int, span: Span) -> Span:
    """The span as one of trace `trace`, begun now: earlier spans of its trace a little before."""
    span.trace_id = trace.to_bytes(16, "big")
    span.start_time_unix_nano = time.time_ns()
    span.end_time_unix_nano = span.start_time_unix_nano + SECOND_NS // 10
    return span


def tool(number: int, *, parent: int = 1, **arguments: str) -> Span:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "look_up",
        "gen_ai.tool.call.arguments": json.dumps(arguments),
        "gen_ai.tool.call.result": json.dumps({"found": number}),
    }
    return proto_span(number, attributes=attributes, parent_span_id=parent.to_bytes(8, "big"))


def failing(number: int, kind: str = "LookupError") -> Span:
    span = tool(number, shelf="A7")
    span.status.code = 2
    told = {"exception.type": kind, "exception.message": "no shelf", "exception.stacktrace": STACK}
    event = span.events.add(name="exception", time_unix_nano=span.end_time_unix_nano)
    event.attributes.extend(KeyValue(key=key, value=proto_value(value)) for key, value in told.items())
    return span


def open_row(page: Page, table: str, row: int = 0) -> None:
    page.locator(f".st-key-{table} a.open").nth(row).click()


def selected(page: Page, name: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


def badge(page: Page) -> Any:
    return page.locator(".st-key-detail_name .stMarkdownBadge").first


def test_an_error_is_found_resolved_and_reopens_when_it_returns(
    dashboard: Server, page: Page, chromium: Browser
) -> None:
    send(dashboard, *run_of(1, failing(2)))
    page.goto(f"{dashboard.url}/errors")
    expect(page.get_by_text("1 error in the last 24 h: 1 new.")).to_be_visible()
    open_row(page, "error_groups")
    expect(badge(page)).to_be_visible()
    expect(badge(page)).to_contain_text("new")
    expect(page.get_by_text("in look_up")).to_be_visible()
    expect(page).to_have_title("LookupError - msgtrace")

    page.get_by_role("button", name="Resolve").click()
    expect(badge(page)).to_contain_text("resolved")
    send(dashboard, *run_of(2, failing(2)))
    expect(badge(page)).to_contain_text("reopened")

    link = page.url
    page.go_back()
    expect(page.get_by_text("1 reopened")).to_be_visible()
    shared = chromium.new_context().new_page()
    shared.goto(link)
    expect(badge(shared)).to_contain_text("reopened")
    shared.context.close()


def test_a_new_error_raises_a_toast_that_leads_to_it(dashboard: Server, page: Page) -> None:
    send(dashboard, *run_of(1))
    page.goto(dashboard.url)
    expect(page.get_by_text("1 run in the last 24 h")).to_be_visible()
    send(dashboard, *run_of(2, failing(2, "BrandNewError")))
    toast = page.get_by_test_id("stToast")
    expect(toast).to_contain_text("New error: BrandNewError")
    toast.get_by_role("link").click()
    expect(badge(page)).to_contain_text("new")
    expect(page).to_have_title("BrandNewError - msgtrace")
    page.go_back()
    expect(page.get_by_text("2 runs in the last 24 h")).to_be_visible()
    assert len(page.context.pages) == 1


def test_a_loop_and_the_calls_of_a_tool_lead_to_their_spans(dashboard: Server, page: Page) -> None:
    agent = proto_span(2, attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "scout"})
    same = [tool(number, parent=2, shelf="A7") for number in (3, 4, 5)]
    send(dashboard, *run_of(1, agent, *same, tool(6, parent=2, shelf="B2")))
    page.goto(f"{dashboard.url}/agents")
    expect(page.get_by_text("1 run repeated a call")).to_be_visible()
    page.get_by_role("link", name="look_up × 3").click()
    expect(page).to_have_url(re.compile(f"span={5:016x}"))
    expect(page.locator(".st-key-trace_head")).to_be_visible()
    page.go_back()

    open_row(page, "agents")
    expect(page.get_by_text("Newest runs with this agent")).to_be_visible()
    page.go_back()
    open_row(page, "tools")
    expect(page.get_by_text("The newest 4.")).to_be_visible()
    assert selected(page, "tool") == "look_up"
    open_row(page, "calls")
    expect(page.locator(".st-key-trace_head")).to_be_visible()
    expect(page).to_have_url(re.compile(f"span={6:016x}"))


def test_a_conversation_grows_while_it_is_read_and_leads_to_its_user(dashboard: Server, page: Page) -> None:
    talk = {"session.id": "chat-1", "user.id": "ana"}
    send(dashboard, *run_of(1, asked="Is the lamp there?", answered="On shelf A7.", **talk))
    page.goto(f"{dashboard.url}/sessions")
    open_row(page, "sessions")
    expect(page.get_by_text("On shelf A7.")).to_be_visible()
    send(dashboard, *run_of(2, asked="And the kettle?", answered="Sold out.", **talk))
    expect(page.get_by_text("Turn 2")).to_be_visible()
    expect(page.get_by_text("Sold out.")).to_be_visible()

    page.get_by_role("button", name="All that ana saw").click()
    expect(page).to_have_url(re.compile("user=ana"))
    open_row(page, "days")
    expect(page.get_by_role("button", name="Only")).to_be_visible()
    assert selected(page, "day") == time.strftime("%Y-%m-%d", time.gmtime())
    page.go_back()
    expect(page.get_by_role("button", name="Only")).to_have_count(0)
    open_row(page, "user_runs")
    expect(page).to_have_url(re.compile(f"trace={2:032x}"))


def test_a_user_is_found_by_name(dashboard: Server, page: Page) -> None:
    for number, user in enumerate(("ana", "bo"), start=1):
        send(dashboard, *run_of(number, **{"user.id": user, "session.id": f"of-{user}"}))
    page.goto(f"{dashboard.url}/sessions")
    page.get_by_text("Users", exact=True).click()
    expect(page.get_by_text("2 users")).to_be_visible()
    page.get_by_role("searchbox", name="Find").fill("an")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 user", exact=True)).to_be_visible()
    open_row(page, "users")
    expect(page.locator(".st-key-detail_name")).to_be_visible()
    expect(page.locator(".st-key-detail_name")).to_contain_text("ana")


def test_keys_move_through_a_list_and_enter_opens(dashboard: Server, page: Page) -> None:
    send(
        dashboard, *run_of(1, failing(2, "AError")), *run_of(2, failing(2, "BError")), *run_of(3, failing(2, "CError"))
    )
    page.goto(f"{dashboard.url}/errors")
    links = page.locator(".st-key-error_groups a.open")
    expect(links).to_have_count(3)
    third = links.nth(2).inner_text()
    links.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(links.nth(2)).to_be_focused()
    assert selected(page, "error") is None
    page.keyboard.press("Enter")
    expect(badge(page)).to_contain_text("new")
    expect(page).to_have_title(f"{third} - msgtrace")


def test_a_list_is_sorted_at_its_heads_and_opens_in_a_tab(dashboard: Server, page: Page) -> None:
    send(
        dashboard, *run_of(1, failing(2, "AError")), *run_of(2, failing(2, "CError")), *run_of(3, failing(2, "BError"))
    )
    page.goto(f"{dashboard.url}/errors")
    links = page.locator(".st-key-error_groups a.open")
    expect(links).to_have_count(3)
    given = links.all_text_contents()
    head = page.get_by_role("columnheader", name="Error")
    for order in (["AError", "BError", "CError"], ["CError", "BError", "AError"], given):
        head.get_by_role("button").click()
        expect(links).to_have_text(order)
    with page.context.expect_page() as opened:
        links.first.click(modifiers=["ControlOrMeta"])
    expect(badge(opened.value)).to_contain_text("new")
    assert selected(page, "error") is None
