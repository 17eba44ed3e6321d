"""What a person does on every page alike: filter, go back, send a link to somebody else, type while traces arrive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_errors_agents_sessions import failing, open_row, run_of, tool
from tests.browser.test_main_job import send
from tests.collector.otlp_requests import proto_span
from tests.forked import forked_dashboard
from tests.servers import Server

TALK = {"session.id": "chat-1", "user.id": "ana"}
LINKS = {
    "/?period=7d": "runs in the last 7 d",
    "/traces?q=outcome%3Afailed": "1 of 1 trace shown",
    f"/trace?trace={2:032x}&span={3:016x}&tab=attributes&view=steps": "Resource: ",
    "/errors?state=new": "LookupError",
    "/agents?tool=look_up&errors=on": "Newest calls",
    "/agents?agent=scout": "Newest runs with this agent",
    "/sessions?session=chat-1": "Turn 1",
    "/sessions?user=ana&period=7d": "All users",
    "/connect?view=refused": "None was refused.",
    "/settings": "All is well.",
}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with forked_dashboard(Path(tmp_path_factory.mktemp("busy"))) as server:
        agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "scout"}
        send(server, *run_of(1, proto_span(2, attributes=agent), tool(3, parent=2, shelf="A7"), **TALK))
        broken = failing(3)
        root = run_of(2, broken, **TALK)
        root[0].status.code = 2
        send(server, *root)
        yield server


def test_a_link_to_any_page_shows_the_same_to_somebody_else(busy: Server, chromium: Browser) -> None:
    context = chromium.new_context(timezone_id="UTC")
    page = context.new_page()
    page.set_default_timeout(20_000)
    for link, shown in LINKS.items():
        page.goto(busy.url + link)
        expect(page.get_by_text(shown).first, link).to_be_visible()
        assert page.url == busy.url + link
    context.close()


def test_errors_are_filtered_by_state_and_back_takes_it_back(busy: Server, page: Page) -> None:
    page.goto(f"{busy.url}/errors")
    expect(page.locator(".st-key-error_groups a.open")).to_have_count(2)
    page.get_by_text("new 2").last.click()
    expect(page).to_have_url(re.compile("state=new"))
    page.go_back()
    expect(page).to_have_url(f"{busy.url}/errors")
    expect(page.locator(".st-key-error_groups a.open")).to_have_count(2)


def test_calls_of_a_tool_are_filtered_and_lead_to_traces_that_can_be_exported(busy: Server, page: Page) -> None:
    page.goto(f"{busy.url}/agents?tool=look_up")
    calls = page.locator(".st-key-calls a.open")
    expect(calls).to_have_count(2)
    page.get_by_text("Only those that went wrong").click()
    expect(calls).to_have_count(1)
    expect(page).to_have_url(re.compile("errors=on"))
    page.go_back()
    expect(calls).to_have_count(2)
    page.get_by_role("link", name="All in Traces").click()
    expect(page).to_have_url(re.compile("q=tool%3Alook_up"))
    expect(page.get_by_role("button", name="Export")).to_be_visible()


def test_what_is_half_typed_stays_while_traces_arrive(dashboard: Server, page: Page) -> None:
    send(dashboard, *run_of(1, tool(2, shelf="A7"), **TALK))
    for number, (path, label) in enumerate(
        (("/sessions", "Find"), (f"/trace?trace={1:032x}", "Find in this trace"), ("/traces", "Search")), start=2
    ):
        page.goto(dashboard.url + path)
        box = page.get_by_label(label, exact=True).first
        box.click()
        page.keyboard.type("half a wo")
        before = page.get_by_text(re.compile(r"data to \d")).inner_text()
        send(dashboard, *run_of(number, **TALK))
        expect(page.get_by_text(before)).to_have_count(0)
        expect(box).to_be_focused()
        expect(box).to_have_value("half a wo")


def test_a_user_is_reached_from_a_session_and_left_again(busy: Server, page: Page) -> None:
    page.goto(f"{busy.url}/sessions?view=users")
    open_row(page, "users")
    expect(page.locator(".st-key-detail_name")).to_contain_text("ana")
    page.get_by_role("button", name="All users").click()
    expect(page.locator(".st-key-users a.open")).to_have_count(1)
    page.go_back()
    expect(page.locator(".st-key-detail_name")).to_contain_text("ana")
