"""What a person does with words that stand deep in what a run says: searches, opens, shares."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hostile import MARK, PAYLOADS
from tests.browser.test_main_job import LLM, send
from tests.browser.test_traces import rows, said, search, trace_id
from tests.collector.otlp_requests import SECOND_NS, START_NS, proto_span
from tests.servers import Server

BEFORE = "A long answer. " * 60
"""More than a preview shows."""


def answered(server: Server, number: int, answer: str) -> None:
    """A run of one call of a model."""
    start_ns = START_NS + number * SECOND_NS
    times = {"start_time_unix_nano": start_ns, "end_time_unix_nano": start_ns + SECOND_NS}
    ids = {"trace_id": bytes.fromhex(trace_id(number))}
    send(
        server,
        proto_span(1, name=f"run {number}", **ids, **times),
        proto_span(2, name="chat", attributes=LLM | {"output.value": BEFORE + answer}, **ids, **times),
    )


def test_a_word_of_an_output_finds_its_run_and_the_link_shows_the_same(
    dashboard: Server, page: Page, chromium: Browser
) -> None:
    answered(dashboard, 1, "The zebrafish swam away.")
    answered(dashboard, 2, "Nothing swam.")
    page.goto(f"{dashboard.url}/traces?period=30d")
    expect(rows(page)).to_have_count(2)
    search(page, "zebrafish")
    expect(rows(page)).to_have_count(1)  # as soon as the index has it, without a click
    search(page, '"zebrafish swam" -bicycle')
    page.wait_for_function("new URL(location).searchParams.get('q').includes('bicycle')")
    assert said(page, "q") == '"zebrafish swam" -bicycle'
    expect(page.locator(".list .row a.open")).to_have_text("run 1")
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_text("run 1", exact=True)).to_be_visible()
    expect(other.get_by_text("run 2", exact=True)).to_have_count(0)
    context.close()
    page.locator(".list .row a.open").click()
    expect(page.get_by_role("heading", name="run 1")).to_be_visible()
    search_again = "zebra"
    page.go_back()
    expect(rows(page)).to_have_count(1)  # what is typed while a page comes may meet neither the old one nor the new
    search(page, search_again)
    expect(page.get_by_text("Words are found whole.")).to_be_visible()
    search(page, f"{search_again}*")
    expect(rows(page)).to_have_count(1)


@pytest.mark.parametrize("query", [MARK, f'"{MARK}"', f"{MARK}*"])
def test_what_is_found_stays_text(dashboard: Server, page: Page, query: str) -> None:
    for number, payload in enumerate(PAYLOADS[:6] + PAYLOADS[20:30], 1):
        answered(dashboard, number, f"{payload} {MARK}")
    page.goto(f"{dashboard.url}/traces?period=30d")
    expect(rows(page)).to_have_count(16)
    search(page, query)
    expect(rows(page)).to_have_count(16)
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    "typed", ['"<img src=x onerror=window.hacked=1>"', "'); DROP TABLE span;--", '"NEAR(a b, 5)"', "***"]
)
def test_what_is_typed_stays_text(dashboard: Server, page: Page, typed: str) -> None:
    answered(dashboard, 1, "words")
    page.goto(f"{dashboard.url}/traces?period=30d")
    expect(rows(page)).to_have_count(1)
    search(page, typed)
    page.wait_for_function("new URL(location).searchParams.get('q')?.length > 2")
    expect(page.get_by_role("searchbox")).to_have_value(typed)
    search(page, "words")
    expect(rows(page)).to_have_count(1)
    assert page.evaluate("window.hacked") is None
