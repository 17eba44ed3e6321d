"""Home as a person uses it: choose a time, look closer, go to the traces behind a figure and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_main_job import LLM, click_first_row, selected, send
from tests.collector.otlp_requests import SECOND_NS, START_NS, proto_span
from tests.servers import Server


@pytest.fixture
def with_runs(dashboard: Server) -> Server:
    """Three runs two hours ago, of which one failed."""
    for number in (1, 2, 3):
        trace_id = bytes([number]) * 16
        failed = number == 3
        root = proto_span(1, trace_id=trace_id, name=f"run {number}", attributes=LLM, error=failed)
        root.status.message = "it broke" if failed else ""
        send(dashboard, root)
    return dashboard


def card(page: Page, key: str) -> None:
    page.locator(f".st-key-card_{key}").click(position={"x": 60, "y": 60})


def test_a_card_leads_to_the_traces_behind_its_figure_and_back(with_runs: Server, page: Page) -> None:
    page.goto(f"{with_runs.url}/?period=7d")
    expect(page.locator(".st-key-card_runs").get_by_text("3", exact=True)).to_be_visible()
    card(page, "failed")
    page.wait_for_url(re.compile("/traces"))
    expect(page.get_by_text("1 of 1 trace shown")).to_be_visible()
    assert (selected(page, "period"), selected(page, "outcome")) == ("7d", "recovered")
    page.go_back()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.locator(".st-key-card_runs").get_by_text("3", exact=True)).to_be_visible()
    assert selected(page, "outcome") is None


def test_every_card_explains_itself(with_runs: Server, page: Page) -> None:
    page.goto(with_runs.url)
    page.locator(".st-key-card_p95 [data-testid=stTooltipIcon]").hover()
    expect(page.get_by_role("tooltip").get_by_text("19 of 20 runs took no longer.")).to_be_visible()


def test_a_click_on_a_bar_looks_closer_at_its_time_and_back_takes_it_back(with_runs: Server, page: Page) -> None:
    page.goto(f"{with_runs.url}/?period=6h")
    chart = page.locator(".st-key-activity .marks").first
    expect(chart).to_be_visible()
    page.wait_for_timeout(1_500)
    box = chart.bounding_box()
    assert box is not None
    at = 1 - (2 * 3_600 - 90) / (6 * 3_600)  # two hours before the end of the axis, a little into the bar
    for x in range(-12, 13, 3):  # where the axis begins depends on its labels
        page.mouse.click(box["x"] + 24 + (box["width"] - 28) * at + x, box["y"] + box["height"] - 40)
        page.wait_for_timeout(300)
        if selected(page, "from"):
            break
    page.wait_for_function("new URL(location).searchParams.has('from')")
    expect(page.get_by_text("3 runs", exact=False).first).to_be_visible()
    expect(page.locator(".st-key-own_period")).not_to_contain_text("Custom")
    page.go_back()
    page.wait_for_function("!new URL(location).searchParams.has('from')")
    expect(page.get_by_text("in the last 6 h", exact=False).first).to_be_visible()


def test_a_time_of_ones_own_is_chosen_and_goes_along(with_runs: Server, page: Page) -> None:
    start, end = (_iso(START_NS + seconds * SECOND_NS) for seconds in (-600, 600))
    page.goto(f"{with_runs.url}/?from={start}&to={end}")
    expect(page.get_by_text("3 runs", exact=False).first).to_be_visible()
    page.get_by_role("link", name="Traces").click()
    expect(page.get_by_text("3 of 3 traces shown")).to_be_visible()
    assert (selected(page, "from"), selected(page, "to")) == (start, end)
    page.get_by_role("radio", name="1 h", exact=True).or_(
        page.get_by_role("button", name="1 h", exact=True)
    ).first.click()
    expect(page.get_by_text("No runs in the last 1 h")).to_be_visible()
    assert (selected(page, "from"), selected(page, "period")) == (None, "1h")


def test_the_form_for_a_time_shows_it(with_runs: Server, page: Page) -> None:
    page.goto(f"{with_runs.url}/?period=6h")
    page.locator(".st-key-own_period").get_by_role("button").first.click()
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_function("new URL(location).searchParams.has('from')")
    expect(page.get_by_text("3 runs", exact=False).first).to_be_visible()


def test_a_newest_trace_opens_and_home_is_there_again(with_runs: Server, page: Page) -> None:
    page.goto(with_runs.url)
    expect(page.locator("[data-testid=stDataFrame]")).to_be_visible()
    click_first_row(page)
    page.wait_for_url(re.compile("/trace"))
    page.go_back()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.locator("[data-testid=stDataFrame]")).to_be_visible()


def _iso(ns: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(ns // SECOND_NS, UTC).isoformat().replace("+00:00", "Z")
