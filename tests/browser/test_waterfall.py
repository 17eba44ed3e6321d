"""What a person does on the waterfall of a trace: walk, fold, find, zoom, and follow a link into a large one."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Browser, Locator, Page, expect

from tests.big_traces import send_big_trace
from tests.collector.otlp_requests import SECOND_NS, START_NS, TRACE_ID, body, proto_span
from tests.forked import forked_dashboard
from tests.servers import Server, wait_for

TWO_THOUSAND, TEN_THOUSAND = "aa" * 16, "bb" * 16
TOOL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"}
MODEL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 34,
}


def a_span(number: int, name: str, start_s: float, end_s: float, *, parent: int = 1, **known: object) -> Span:
    return proto_span(
        number,
        name=name,
        parent_span_id=parent.to_bytes(8) if number > 1 else b"",
        start_time_unix_nano=START_NS + int(start_s * SECOND_NS),
        end_time_unix_nano=START_NS + int(end_s * SECOND_NS),
        **known,
    )


SPANS = (
    a_span(1, "support", 0, 100, attributes={"gen_ai.operation.name": "invoke_agent"}),
    a_span(2, "plan", 0, 2, attributes=MODEL),
    a_span(3, "execute_tool search", 2, 4, attributes=TOOL, error=True),
    a_span(4, "POST", 2, 3.9, parent=3, error=True),
    a_span(5, "execute_tool search", 4, 6, attributes=TOOL, error=True),
    a_span(6, "execute_tool search", 6, 8, attributes=TOOL),
    a_span(7, "GET", 6, 7, parent=6),
    a_span(8, "answer", 98, 100, attributes=MODEL),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the traces that no test changes."""
    with forked_dashboard(tmp_path_factory.mktemp("waterfall")) as server:
        send(server, *SPANS)
        send_big_trace(server.url, 2_000, TWO_THOUSAND)
        send_big_trace(server.url, 10_000, TEN_THOUSAND)
        yield server


def send(server: Server, *spans: Span) -> None:
    headers = {"Content-Type": "application/x-protobuf"}
    request = urllib.request.Request(f"{server.url}/v1/traces", body(*spans), headers, method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def open_trace(page: Page, server: Server, trace_id: str = TRACE_ID, **params: str) -> Locator:
    """The page of a trace; the answer is its waterfall."""
    query = "".join(f"&{name}={value}" for name, value in params.items())
    page.goto(f"{server.url}/trace?trace={trace_id}{query}")
    grid = page.get_by_role("treegrid")
    expect(rows(page).first).to_be_visible()
    return grid


def rows(page: Page) -> Locator:
    return page.locator(".waterfall .row")


def row(page: Page, name: str) -> Locator:
    return rows(page).filter(has_text=name).first


def selected(page: Page) -> Locator:
    return page.locator(".waterfall .row[aria-selected=true]")


def expect_in_url(page: Page, name: str, value: str | None) -> None:
    page.wait_for_function("([n, v]) => new URL(location).searchParams.get(n) === v", arg=[name, value])


def span_id(number: int) -> str:
    return f"{number:016x}"


def panel(page: Page) -> Locator:
    return page.locator(".st-key-span_name")


def is_in_view(page: Page) -> bool:
    """Whether the selected row is within the part of the grid that is scrolled to."""
    box, body = selected(page).bounding_box(), page.locator(".waterfall .body").bounding_box()
    assert box is not None
    assert body is not None
    return body["y"] <= box["y"] and box["y"] + box["height"] <= body["y"] + body["height"]


def bar_width(page: Page, name: str) -> float:
    box = row(page, name).locator(".bar").bounding_box()
    assert box is not None
    return box["width"]


def test_it_opens_on_the_first_failure_and_a_click_shows_another_span(filled: Server, page: Page) -> None:
    open_trace(page, filled)
    expect(selected(page)).to_contain_text("execute_tool search")
    row(page, "answer").click()
    expect(selected(page)).to_contain_text("answer")
    expect_in_url(page, "span", span_id(8))
    expect(panel(page)).to_contain_text("answer")
    page.go_back()
    expect(panel(page)).to_contain_text("execute_tool search")
    expect(selected(page)).to_contain_text("execute_tool search")


def test_the_keyboard_walks_opens_and_closes(filled: Server, page: Page) -> None:
    open_trace(page, filled, span=span_id(2))
    expect(selected(page)).to_contain_text("plan")
    row(page, "plan").focus()
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(2)).to_be_focused()
    expect(panel(page)).to_contain_text("execute_tool search")
    page.keyboard.press("ArrowLeft")
    expect(rows(page).nth(2)).to_have_attribute("aria-expanded", "false")
    expect(rows(page)).to_have_count(7)
    expect(rows(page).nth(2)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(rows(page)).to_have_count(8)
    page.keyboard.press("ArrowRight")
    expect(rows(page).nth(3)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(rows(page).nth(2)).to_be_focused()
    page.keyboard.press("End")
    expect(selected(page)).to_contain_text("answer")
    page.keyboard.press("Home")
    expect(selected(page)).to_contain_text("support")
    expect_in_url(page, "span", span_id(1))
    assert rows(page).and_(page.locator("[tabindex='0']")).count() == 1


def test_levels_places_and_states_are_told_to_screen_readers(filled: Server, page: Page) -> None:
    grid = open_trace(page, filled)
    expect(grid).to_have_attribute("aria-rowcount", "9")
    post = row(page, "POST")
    for name, value in (("aria-level", "3"), ("aria-rowindex", "5"), ("aria-selected", "false"), ("role", "row")):
        expect(post).to_have_attribute(name, value)
    assert post.get_attribute("aria-expanded") is None
    assert "failed" in (post.get_attribute("aria-description") or "")
    assert "critical path" in (row(page, "plan").get_attribute("aria-description") or "")


def test_all_rows_close_and_open_at_once(filled: Server, page: Page) -> None:
    open_trace(page, filled)
    page.get_by_role("button", name="Close all rows").click()
    expect(rows(page)).to_have_count(6)
    page.get_by_role("button", name="Open all rows").click()
    expect(rows(page)).to_have_count(8)


def test_find_marks_all_places_and_steps_through_them(filled: Server, page: Page) -> None:
    open_trace(page, filled)
    page.get_by_placeholder("Find in all that was said").fill("SEARCH")
    page.keyboard.press("Enter")
    expect_in_url(page, "find", "SEARCH")
    expect(page.locator(".waterfall .row.found")).to_have_count(3)
    expect(page.get_by_text("1 of 3")).to_be_visible()
    page.get_by_role("button", name="Next", exact=False).and_(
        page.locator(".st-key-step_arrow_downward button")
    ).click()
    expect(page.get_by_text("2 of 3")).to_be_visible()
    expect_in_url(page, "span", span_id(5))
    expect(rows(page).nth(4)).to_have_attribute("aria-selected", "true")


def test_next_error_goes_round_and_opens_what_hides_one(filled: Server, page: Page) -> None:
    open_trace(page, filled)
    page.get_by_role("button", name="Next error").click()
    expect_in_url(page, "span", span_id(5))
    expect(panel(page)).to_contain_text("execute_tool search")
    page.keyboard.press("e")
    expect_in_url(page, "span", span_id(3))


def test_what_is_folded_and_grouped_is_in_the_link(filled: Server, page: Page) -> None:
    open_trace(page, filled, span=span_id(7))
    page.get_by_text("Fold infrastructure").click()
    expect(rows(page)).to_have_count(6)
    expect_in_url(page, "fold", "on")
    expect(selected(page)).to_contain_text("execute_tool search")
    page.get_by_text("Group repeats").click()
    expect_in_url(page, "group", "on")
    together = row(page, "×3, 2 ✕")
    expect(together).to_be_visible()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    expect(together).to_have_attribute("aria-expanded", "true")
    together.click()
    expect(rows(page)).to_have_count(4)


def test_the_time_axis_zooms_pans_and_goes_back(filled: Server, page: Page) -> None:
    open_trace(page, filled)
    before = bar_width(page, "plan")
    lane = row(page, "plan").locator(".lane").bounding_box()
    assert lane is not None
    page.mouse.move(lane["x"] + 4, lane["y"] + 5)
    page.keyboard.down("Control")
    for _ in range(4):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function(f"{WIDTH_OF_PLAN} > {before * 2}")
    page.get_by_role("button", name="Show the whole run").click()
    page.wait_for_function(f"Math.abs({WIDTH_OF_PLAN} - {before}) < 1")
    row(page, "plan").locator(".text").dblclick()
    page.wait_for_function(f"{WIDTH_OF_PLAN} > {before * 20}")


WIDTH_OF_PLAN = (
    "[...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.waterfall'))"
    ".find(w => w).querySelector('.row:nth-child(2) .bar').getBoundingClientRect().width"
)


def test_zoom_to_work_leaves_the_idle_time_out(filled: Server, page: Page) -> None:
    open_trace(page, filled)
    before = bar_width(page, "plan")
    page.get_by_role("button", name="without the idle time").click()
    page.wait_for_function(f"{WIDTH_OF_PLAN} > {before * 5}")


def test_a_link_leads_to_a_span_deep_in_two_thousand(filled: Server, page: Page) -> None:
    open_trace(page, filled, TWO_THOUSAND, span=span_id(1_801))
    expect(selected(page)).to_have_attribute("aria-rowindex", "1802")
    wait_for(lambda: is_in_view(page), within_s=10)
    expect(panel(page)).to_be_visible()


def test_ten_thousand_spans_scroll_with_few_rows_in_the_document(filled: Server, page: Page) -> None:
    grid = open_trace(page, filled, TEN_THOUSAND)
    expect(grid).to_have_attribute("aria-rowcount", "10001")
    selected(page).focus()
    page.keyboard.press("End")
    expect(selected(page)).to_have_attribute("aria-rowindex", "10001")
    wait_for(lambda: is_in_view(page), within_s=10)
    assert rows(page).count() < 100
    expect_in_url(page, "span", span_id(10_000))
    rows(page).nth(5).click()
    expect(panel(page)).to_be_visible()


def test_a_growing_trace_keeps_what_was_closed_and_zoomed(dashboard: Server, page: Page) -> None:
    send(dashboard, *SPANS[1:])
    open_trace(page, dashboard)
    page.get_by_role("button", name="Close all rows").click()
    expect(rows(page).filter(has_text="POST")).to_have_count(0)
    send(dashboard, SPANS[0], a_span(9, "one more", 90, 91))
    expect(row(page, "one more")).to_be_visible()
    expect(rows(page).filter(has_text="POST")).to_have_count(0)


def test_a_phone_gets_the_tree_and_may_have_the_waterfall(filled: Server, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{filled.url}/trace?trace={TRACE_ID}")
    expect(page.locator(".st-key-span_tree").get_by_text("support")).to_be_visible()
    expect(page.get_by_role("treegrid")).to_have_count(0)
    page.get_by_role("radio", name="Waterfall").click()
    expect(row(page, "support")).to_be_visible()
    expect_in_url(page, "view", "waterfall")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_can_be_read_on_their_ground(filled: Server, chromium: Browser, scheme: str) -> None:
    context = chromium.new_context(color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    open_trace(page, filled)
    ink, ground = page.locator(".waterfall").evaluate(
        "w => [getComputedStyle(w).color, getComputedStyle(w).backgroundColor]"
    )
    assert (brightness(ink) > brightness(ground)) == (scheme == "dark")
    bar = row(page, "support").locator(".bar").evaluate("b => getComputedStyle(b).backgroundColor")
    assert bar == {"light": "rgb(36, 104, 178)", "dark": "rgb(98, 168, 234)"}[scheme]
    context.close()


def brightness(colour: str) -> float:
    return sum(float(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3])


def test_the_url_says_all_that_is_selected(filled: Server, page: Page) -> None:
    open_trace(page, filled)
    page.get_by_role("radio", name="Tree").click()
    expect_in_url(page, "view", "tree")
    page.locator(".st-key-span_tree").get_by_role("button", name="answer").click()
    expect_in_url(page, "span", span_id(8))
    assert parse_qs(urlsplit(page.url).query).keys() >= {"trace", "span", "view"}
