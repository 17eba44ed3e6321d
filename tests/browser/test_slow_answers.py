"""What a person or a live update does while the server's answer to the last click is on its way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.pages import settle
from tests.browser.test_errors_agents_sessions import run_of, tool
from tests.browser.test_live import LOADED_WITHIN_MS, STREAM, run_of_now
from tests.browser.test_main_job import send
from tests.servers import Server


class Line:
    """The page's line to Streamlit's server, on which answers can be kept back."""

    def __init__(self, page: Page) -> None:
        self.sent = 0
        self.is_held = False
        self._kept: list[Callable[[], None]] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            self.sent += 1
            server.send(message)

        def answer(message: str | bytes) -> None:
            if self.is_held:
                self._kept.append(lambda: browser.send(message))
            else:
                browser.send(message)

        browser.on_message(pass_on)
        server.on_message(answer)

    def hold(self) -> None:
        self.is_held = True

    def let_go(self) -> None:
        self.is_held = False
        for give in self._kept:
            give()


@pytest.fixture
def line(page: Page) -> Line:
    return Line(page)


def test_a_live_update_waits_until_the_page_that_back_leads_to_has_come(
    dashboard: Server, page: Page, line: Line
) -> None:
    send(dashboard, *run_of(1))
    page.goto(f"{dashboard.url}/traces?period=30d")
    page.locator(".list .row a.open").click()
    with page.expect_response(STREAM, timeout=LOADED_WITHIN_MS):
        expect(page.locator(".st-key-trace_bar")).to_be_visible()
    settle(page)
    line.hold()
    before = line.sent
    page.go_back()
    send(dashboard, run_of_now(2))
    page.wait_for_timeout(400)  # longer than a tick takes
    assert line.sent == before + 1  # what Back asks for
    line.let_go()
    expect(page.locator(".list .row a.open").first).to_be_visible()


def test_what_was_shown_some_clicks_ago_can_be_gone_back_to_before_the_last_answer(
    dashboard: Server, page: Page, line: Line
) -> None:
    """Streamlit's server names what the browser still holds, and the browser forgets with each answer."""
    send(dashboard, *run_of(1, *(tool(number, shelf=str(number)) for number in range(2, 7))))
    page.goto(f"{dashboard.url}/trace?trace={1:032x}")
    rows = page.locator(".waterfall .row")
    expect(rows).to_have_count(6)
    settle(page)
    for at in (1, 2, 3):
        rows.nth(at).click()
        settle(page)
    line.hold()
    for at in (4, 1, 2):
        before = line.sent
        rows.nth(at).click()
        page.wait_for_timeout(1_000)  # the server's answer
        assert line.sent > before
    line.let_go()
    expect(page.get_by_role("tab", name="Request")).to_be_visible()
    settle(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(rows.nth(2)).to_have_attribute("aria-selected", "true")


def test_a_word_typed_after_back_is_lost_and_the_page_that_back_leads_to_comes(
    dashboard: Server, page: Page, line: Line
) -> None:
    send(dashboard, *run_of(1))
    page.goto(f"{dashboard.url}/errors?period=30d")
    settle(page)
    page.get_by_role("link", name="Traces").click()
    search = page.get_by_role("searchbox")
    expect(search).to_be_visible()
    settle(page)
    line.hold()
    before = line.sent
    page.go_back()
    search.fill("word")
    search.press("Enter")
    page.wait_for_timeout(1_000)  # the server's answer
    assert line.sent == before + 2  # what Back asks for, and the word
    line.let_go()
    expect(page.get_by_role("heading", name="Errors", exact=True)).to_be_visible()
    settle(page)
    assert page.url == f"{dashboard.url}/errors?period=30d"
