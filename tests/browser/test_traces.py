"""What a person does on Traces: search, filter by clicks, sort, switch, save, export, step, compare."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_main_job import LLM, send
from tests.collector.otlp_requests import SECOND_NS, START_NS, proto_span
from tests.servers import Server

TOOL = {
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "search",
    "gen_ai.tool.call.arguments": '{"q": "parcel"}',
    "gen_ai.tool.call.result": "nothing found",
}


def trace_id(number: int) -> str:
    return f"{number:032x}"


def fill(server: Server, traces: int = 4) -> None:
    """Traces named run 1, run 2, ...: each a second longer and later than the one before; every second one fails."""
    for number in range(1, traces + 1):
        ids = {"trace_id": bytes.fromhex(trace_id(number))}
        start_ns = START_NS + 100 * number * SECOND_NS
        times = {"start_time_unix_nano": start_ns, "end_time_unix_nano": start_ns + number * SECOND_NS}
        send(
            server,
            proto_span(1, name=f"run {number}", error=number % 2 == 0, **ids, **times),
            proto_span(2, name="chat", attributes=LLM, **ids, **times),
            proto_span(3, name="use", attributes=TOOL, **ids, **times),
        )


def rows(page: Page) -> Locator:
    return page.locator(".list .row")


def names(page: Page) -> list[str]:
    return page.locator(".list .row a.open").all_inner_texts()


def said(page: Page, name: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


@pytest.fixture
def filled(dashboard: Server, page: Page) -> Server:
    """Four traces, and the page open on all of them."""
    fill(dashboard)
    page.goto(f"{dashboard.url}/traces?period=30d")
    expect(rows(page)).to_have_count(4)
    return dashboard


def search(page: Page, text: str) -> None:
    page.get_by_role("searchbox").fill(text)
    page.keyboard.press("Enter")


def test_clicks_and_typing_write_the_same_query(filled: Server, page: Page) -> None:
    page.get_by_role("button", name="failed 2").click()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_value("outcome:failed")
    search(page, "outcome:failed span(kind:tool duration>3s)")
    expect(rows(page)).to_have_count(1)
    assert names(page) == ["run 4"]
    page.get_by_role("button", name="Tool", exact=True).click()
    page.get_by_role("button", name="search 1").click()
    page.wait_for_function("new URL(location).searchParams.get('q').endsWith(' tool:search')")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(rows(page)).to_have_count(4)


def test_a_wrong_query_is_told_and_shows_no_list(filled: Server, page: Page) -> None:
    search(page, "outcom:failed")
    expect(page.get_by_text("did you mean outcome?")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    search(page, "outcome:failed")
    expect(rows(page)).to_have_count(2)


def test_a_column_sorts_by_its_head_and_back_undoes_it(filled: Server, page: Page) -> None:
    page.get_by_role("button", name="Duration").click()
    expect(page.locator("[aria-sort=descending]", has_text="Duration")).to_be_visible()
    page.get_by_role("button", name="Duration").click()
    expect(page.locator("[aria-sort=ascending]", has_text="Duration")).to_be_visible()
    assert said(page, "sort") == "duration_ms"
    expect(page.locator("a.open").first).to_have_text("run 1")
    page.go_back()
    expect(page.locator("a.open").first).to_have_text("run 4")


def test_calls_have_lists_of_their_own(filled: Server, page: Page) -> None:
    page.locator(".st-key-listing").get_by_text("LLM calls").click()
    expect(page.locator(".c-output").first).to_have_text("Said by the model.")
    page.locator(".st-key-listing").get_by_text("Tool calls").click()
    expect(page.locator(".c-input").first).to_contain_text("parcel")
    page.locator("a.open").first.click()
    page.wait_for_url(re.compile("/trace\\?"))
    assert (said(page, "trace"), said(page, "span")) == (trace_id(4), f"{3:016x}")
    expect(page.locator(".st-key-span_panel").get_by_text("use").first).to_be_visible()


def test_back_from_a_trace_is_one_step(filled: Server, page: Page) -> None:
    search(page, "outcome:failed")
    expect(rows(page)).to_have_count(2)
    page.locator("a.open").first.click()
    expect(page.get_by_role("heading", name="run 4")).to_be_visible()
    page.go_back()
    page.wait_for_url(re.compile("/traces\\?"))
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_value("outcome:failed")
    page.go_forward()
    expect(page.get_by_role("heading", name="run 4")).to_be_visible()


def test_j_and_k_step_through_the_list(filled: Server, page: Page) -> None:
    search(page, "outcome:failed")
    expect(rows(page)).to_have_count(2)
    page.locator("a.open").first.click()
    expect(page.get_by_role("heading", name="run 4")).to_be_visible()
    expect(page.locator(".st-key-step_J button").first).to_be_enabled()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="run 2")).to_be_visible()
    expect(page.locator(".st-key-step_J button").first).to_be_disabled()
    expect(page.locator(".st-key-step_K button").first).to_be_enabled()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="run 4")).to_be_visible()
    page.locator(".st-key-trace_top a", has_text="Traces").click()
    expect(page.get_by_role("searchbox")).to_have_value("outcome:failed")


def test_the_keyboard_walks_the_rows_and_opens_one_only_when_asked(filled: Server, page: Page) -> None:
    page.locator("a.open").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    expect(page.locator("a.open").nth(2)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    assert "/traces" in page.url
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="run 2")).to_be_visible()


def test_two_ticked_traces_can_be_compared(filled: Server, page: Page) -> None:
    page.locator(".row input").nth(0).check()
    expect(page.get_by_text("tick another to compare")).to_be_visible()
    page.locator("a.open").nth(1).focus()
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_visible()
    page.locator(".row input").nth(3).check()
    expect(page.locator(".row.ticked")).to_have_count(2)
    expect(page.locator(".row input").nth(0)).not_to_be_checked()


def test_a_saved_view_is_a_link_for_others(filled: Server, page: Page, chromium: Browser) -> None:
    search(page, "outcome:failed")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("textbox", name="Save what is shown as").fill("Failed today")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save view").click()
    page.wait_for_function("new URL(location).searchParams.has('view')")
    other = chromium.new_context().new_page()
    other.goto(f"{filled.url}/traces?view={said(page, 'view')}")
    expect(other.get_by_role("button", name="Failed today")).to_be_visible()
    expect(rows(other)).to_have_count(2)
    expect(other.get_by_role("searchbox")).to_have_value("outcome:failed")
    other.context.close()


def downloaded(page: Page, label: str, folder: Path) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=label, exact=True).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_text()


def test_an_export_holds_everything_that_matches(filled: Server, page: Page, tmp_path: Path) -> None:
    search(page, "outcome:failed")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("link", name="CSV", exact=True)).to_have_attribute("href", re.compile("q=outcome%3Afailed"))
    table = list(csv.DictReader(downloaded(page, "CSV", tmp_path).splitlines()))
    assert [row["name"] for row in table] == ["run 4", "run 2"]
    listed = json.loads(downloaded(page, "JSON", tmp_path))
    assert [trace["trace_id"] for trace in listed] == [trace_id(4), trace_id(2)]
    documents = [json.loads(line) for line in downloaded(page, "OTLP/JSON", tmp_path).splitlines()]
    spans = [d["resourceSpans"][0]["scopeSpans"][0]["spans"] for d in documents]
    assert [(s[0]["traceId"], len(s)) for s in spans] == [(trace_id(4), 3), (trace_id(2), 3)]


def test_a_narrow_window_shows_cards_and_never_scrolls_sideways(filled: Server, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".list .head")).to_be_hidden()
    wider = "document.scrollingElement.scrollWidth > innerWidth || document.querySelector('section').scrollWidth > 390"
    assert page.evaluate(wider) is False
    page.locator("a.open").first.click()
    expect(page.get_by_role("heading", name="run 4")).to_be_visible()


def test_a_file_is_imported_where_the_traces_are_shown(filled: Server, page: Page) -> None:
    span = {"traceId": "ab" * 16, "spanId": "cd" * 8, "name": "<b>from a file</b>", "startTimeUnixNano": str(START_NS)}
    span["endTimeUnixNano"] = str(START_NS + SECOND_NS)
    line = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span, {"traceId": "1", "spanId": "2"}]}]}]})
    name = "![x](http://evil.example/x.png)<img src=x onerror=alert(1)>.jsonl"
    page.get_by_role("button", name="Import").click()
    file = {"name": name, "mimeType": "application/json", "buffer": line.encode()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Import it").click()
    expect(page.get_by_text("1 span new, 0 known already, 1 left out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(5)
    assert "<b>from a file</b>" in names(page)
