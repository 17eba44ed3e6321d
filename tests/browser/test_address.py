"""The address of a page says what it shows, whatever a person clicks and however fast."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_errors_agents_sessions import failing, open_row, run_of, tool
from tests.browser.test_main_job import send
from tests.servers import Server

NOTE_STEPS = """
const push = History.prototype.pushState;
window.steps = [];
History.prototype.pushState = function (...step) { window.steps.push(String(step[2])); push.apply(this, step); };
"""
"""What really goes into the history; given to the page before its own scripts."""


def said(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_menu_link_to_the_open_page_says_so_and_is_a_step_back(dashboard: Server, page: Page) -> None:
    send(dashboard, *run_of(1, failing(2)))
    page.goto(f"{dashboard.url}/errors?period=7d&state=new")
    expect(page.get_by_text("1 error in the last 7 d: 1 new.")).to_be_visible()
    expect(page.get_by_role("radio", name="new 1").or_(page.get_by_role("button", name="new 1"))).to_be_visible()
    page.get_by_role("link", name="Errors", exact=True).click()
    expect(page).to_have_url(re.compile(r"/errors\?period=7d$"))
    page.go_back()
    expect(page).to_have_url(re.compile("state=new"))


def test_keys_are_told_by_a_key_and_not_while_typing(dashboard: Server, page: Page) -> None:
    send(dashboard, *run_of(1))
    page.goto(f"{dashboard.url}/traces")
    search = page.get_by_role("textbox", name="Search").or_(page.get_by_role("searchbox", name="Search")).first
    search.fill("what")
    search.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_have_count(0)
    page.get_by_role("button", name="Keyboard").focus()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)


def rows_of_a_trace(dashboard: Server, page: Page) -> Locator:
    send(dashboard, *run_of(1, *(tool(number, shelf=str(number)) for number in range(2, 7))))
    page.goto(f"{dashboard.url}/trace?trace={1:032x}")
    rows = page.locator(".waterfall .row")
    expect(rows).to_have_count(6)
    settle(page)
    return rows


def settle(page: Page) -> None:
    page.wait_for_timeout(300)
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'")


def test_two_clicks_at_once_both_count(dashboard: Server, page: Page) -> None:
    rows = rows_of_a_trace(dashboard, page)
    tab = page.get_by_role("tab", name="Attributes").element_handle()
    rows.nth(3).evaluate("(row, tab) => { row.click(); setTimeout(() => tab.click(), 5) }", tab)
    expect(page).to_have_url(re.compile("tab=attributes"))
    settle(page)
    assert said(page)["span"] == [f"{4:016x}"]
    expect(page.get_by_role("tab", name="Attributes")).to_have_attribute("aria-selected", "true")
    expect(rows.nth(3)).to_have_attribute("aria-selected", "true")


def test_back_before_a_click_has_come_shows_what_the_address_says(dashboard: Server, page: Page) -> None:
    rows = rows_of_a_trace(dashboard, page)
    selected = page.locator(".waterfall .row[aria-selected=true]")
    at_first = selected.get_attribute("data-at")
    rows.nth(2).click()
    expect(page).to_have_url(re.compile(f"span={3:016x}"))
    settle(page)
    rows.nth(4).evaluate("row => { row.click(); setTimeout(() => history.back(), 5) }")
    settle(page)
    settle(page)
    span = said(page).get("span")
    expect(selected).to_have_attribute("data-at", str(int(span[0], 16) - 1) if span else at_first or "")


def test_a_row_opened_and_left_at_once_leaves_the_list(dashboard: Server, page: Page) -> None:
    for number in range(1, 4):
        send(dashboard, *run_of(number, failing(2)))
    page.add_init_script(NOTE_STEPS)
    page.goto(f"{dashboard.url}/traces")
    expect(page.locator(".st-key-traces a.open")).to_have_count(3)
    page.evaluate("window.steps = []")
    for _ in range(3):
        open_row(page, "traces", 1)
        page.go_back()
    expect(page.locator(".st-key-traces a.open")).to_have_count(3)
    settle(page)
    assert urlsplit(page.url).path == "/traces"
    assert said(page) == {}
    steps = page.evaluate("window.steps")
    assert len(steps) == 3, steps
    page.go_forward()
    expect(page.locator(".st-key-trace_head")).to_be_visible()
