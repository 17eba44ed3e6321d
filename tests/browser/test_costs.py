"""Costs as a person reads them: from a figure to the calls behind it, and back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.test_errors_agents_sessions import open_row
from tests.browser.test_main_job import LLM, send
from tests.collector.otlp_requests import SECOND_NS, proto_span
from tests.servers import Server

DAY_NS = 86_400 * SECOND_NS
TRIES = 12


@pytest.fixture
def spending(dashboard: Server) -> Server:
    """Four runs of two workflows today, and one of a week ago."""
    for number, days_ago in enumerate((0, 0, 0, 0, 7)):
        start_ns = time.time_ns() - days_ago * DAY_NS - 60 * SECOND_NS
        name = "support" if number % 2 == 0 else "search"
        attributes = {**LLM, "gen_ai.usage.input_tokens": 20_000 * (number + 1), "gen_ai.workflow.name": name}
        times = {"start_time_unix_nano": start_ns, "end_time_unix_nano": start_ns + SECOND_NS}
        send(dashboard, proto_span(1, trace_id=bytes([number + 1]) * 16, name=name, attributes=attributes, **times))
    return dashboard


def asked(page: Page) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(page.url).query).items()}


def click_chart(page: Page, key: str, x_share: float, y_share: float, until: Callable[[], bool]) -> None:
    """Clicks until it told: a chart takes clicks a moment after it is drawn."""
    chart = page.locator(f".st-key-{key} .marks").first
    for _ in range(TRIES):
        with suppress(Error):
            box = chart.bounding_box(timeout=2_000)
            if box is not None:  # else it is drawn anew
                page.mouse.click(box["x"] + box["width"] * x_share, box["y"] + box["height"] * y_share)
        page.wait_for_timeout(500)
        if until():
            return
    raise AssertionError(f"a click on {key} told nothing: {page.url}")


def test_a_row_opens_its_calls_and_back_returns_to_the_report(spending: Server, page: Page) -> None:
    page.goto(f"{spending.url}/costs?time=7d")
    open_row(page, "cost_rows")
    expect(page.get_by_text(re.compile("of 2 calls shown"))).to_be_visible()
    assert (asked(page)["list"], asked(page)["q"]) == ("llm", "workflow:search")
    page.go_back()
    expect(page.get_by_text("What if", exact=True)).to_be_visible()
    assert asked(page)["time"] == "7d"


def test_the_total_stays_the_last_row_however_the_others_are_sorted(spending: Server, page: Page) -> None:
    page.goto(f"{spending.url}/costs?time=7d")
    links = page.locator(".st-key-cost_rows a.open")
    for head, order in (("Now", ["search", "support", "Total"]), ("Workflow", ["search", "support", "Total"])):
        page.get_by_role("columnheader", name=head, exact=True).get_by_role("button").click()
        expect(page.locator(".st-key-cost_rows [aria-sort]")).to_have_text(re.compile(head))
        expect(links).to_have_text(order)
    page.get_by_role("columnheader", name="Workflow").get_by_role("button").click()
    expect(links).to_have_text(["support", "search", "Total"])


def test_a_bar_of_the_bridge_opens_the_calls_that_moved_it(spending: Server, page: Page) -> None:
    page.goto(f"{spending.url}/costs?time=7d")
    click_chart(page, "bridge", 0.93, 0.5, lambda: "/traces" in page.url)
    expect(page.get_by_text(re.compile("of 4 calls shown"))).to_be_visible()
    page.go_back()
    click_chart(page, "bridge", 0.27, 0.5, lambda: "/traces" in page.url)
    expect(page.get_by_text(re.compile("calls? shown"))).to_be_visible()
    assert asked(page)["q"].startswith("workflow:")


def test_a_day_is_looked_at_closer(spending: Server, page: Page) -> None:
    page.goto(f"{spending.url}/costs?time=7d")
    click_chart(page, "cost_steps", 0.955, 0.8, lambda: asked(page).get("time") == "own")
    expect(page.get_by_text("an hour", exact=False).first).to_be_attached()
    page.go_back()
    page.wait_for_url(re.compile("time=7d"))
