"""What a person does: send a trace, see it appear, open it, read it, share it."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import set_span_in_context
from playwright.sync_api import Browser, Locator, Page, expect

from tests.collector.otlp_requests import SECOND_NS, START_NS, TRACE_ID, body, proto_span, request
from tests.forked import forked_dashboard
from tests.servers import Server, streamlit_from_elsewhere, uvicorn_dashboard

LLM = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 3,
    "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "Said by the model."}]}]',
}


def send(server: Server, *spans: Span) -> None:
    post(server, body(*spans))


def post(server: Server, content: bytes) -> None:
    headers = {"Content-Type": "application/x-protobuf"}
    sent = urllib.request.Request(f"{server.url}/v1/traces", content, headers, method="POST")
    with urllib.request.urlopen(sent, timeout=20) as answer:
        assert answer.status == 200


def send_with_a_plain_opentelemetry_sdk(server: Server) -> None:
    """A run of ten seconds that has just ended; the model was asked for the six in the middle."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{server.url}/v1/traces")))
    tracer = provider.get_tracer("tests")
    start_ns = time.time_ns() - 10 * SECOND_NS
    root = tracer.start_span("weather_report", start_time=start_ns)
    inside = set_span_in_context(root)
    call = tracer.start_span("ask the model", inside, attributes=LLM, start_time=start_ns + 2 * SECOND_NS)
    call.end(start_ns + 8 * SECOND_NS)
    root.end(start_ns + 10 * SECOND_NS)
    provider.shutdown()


def click_first_row(page: Page) -> None:
    page.locator(".list .row a.open").first.click()


def click_middle_of_a_bar(page: Page, lane: int) -> None:
    """The bar that covers the middle of a lane of the timeline, counted from the top."""
    box = timeline(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 22 + 24 * lane + 12)


def timeline(page: Page) -> Locator:
    return page.locator(".st-key-timeline_chart .marks").first


def selected(page: Page, name: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


def test_a_first_trace_appears_on_the_open_page_and_can_be_read_to_its_output(dashboard: Server, page: Page) -> None:
    page.goto(dashboard.url)
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()
    page.evaluate("window.stillTheSamePage = true")

    send_with_a_plain_opentelemetry_sdk(dashboard)
    expect(page.get_by_text("1 run", exact=False).first).to_be_visible()
    expect(page.locator(".list .row").first).to_be_visible()
    assert page.evaluate("window.stillTheSamePage") is True

    click_first_row(page)
    page.wait_for_url(re.compile("/trace"))
    expect(page.get_by_role("heading", name="weather_report")).to_be_visible()
    expect(page).to_have_title("weather_report - msgtrace")
    expect(timeline(page)).to_be_visible()
    trace_id = selected(page, "trace")
    panel = page.locator(".st-key-span_panel")

    click_middle_of_a_bar(page, lane=0)
    expect(panel.locator(".st-key-span_name strong")).to_have_text("weather_report")
    click_middle_of_a_bar(page, lane=1)
    expect(panel.locator(".st-key-span_name strong")).to_have_text("ask the model")
    panel.get_by_role("tab", name="Response").click()
    expect(panel.get_by_text("Said by the model.").first).to_be_visible()
    assert selected(page, "trace") == trace_id


@pytest.mark.parametrize("start", [uvicorn_dashboard, streamlit_from_elsewhere], ids=["uvicorn", "streamlit"])
def test_a_deep_link_as_the_very_first_request_shows_the_page_in_its_frame(
    page: Page, tmp_path: Path, start: Callable[[Path], AbstractContextManager[Server]]
) -> None:
    with start(tmp_path) as server:
        send(server, proto_span(1, name="the root"), proto_span(2, name="the call", attributes=LLM))
        page.goto(f"{server.url}/trace?trace={TRACE_ID}&span={2:016x}")
        expect(page.get_by_role("heading", name="the root")).to_be_visible()
        expect(page.get_by_role("link", name="Home")).to_be_visible()
        expect(page.locator(".st-key-span_panel").get_by_text("the call").first).to_be_visible()
        font = page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
        assert "Inter" in font
        page.goto("about:blank")


def test_a_link_shows_the_same_in_another_browser(dashboard: Server, page: Page, chromium: Browser) -> None:
    send(dashboard, proto_span(1), proto_span(2, name="chosen", attributes=LLM), proto_span(3))
    page.goto(f"{dashboard.url}/trace?trace={TRACE_ID}")
    page.locator(".waterfall").get_by_text("chosen").click()
    page.wait_for_function("id => new URL(location).searchParams.get('span') === id", arg=f"{2:016x}")
    other = chromium.new_context().new_page()
    other.goto(page.url)
    expect(other.locator(".st-key-span_panel").get_by_text("chosen").first).to_be_visible()
    other.context.close()


def test_back_returns_to_the_list_with_its_filters(dashboard: Server, page: Page) -> None:
    send(dashboard, proto_span(1, name="findable", start_time_unix_nano=START_NS))
    page.goto(f"{dashboard.url}/traces?period=30d&q=findable")
    expect(page.get_by_text("1 of 1", exact=False).or_(page.get_by_text("1 trace", exact=False)).first).to_be_visible()
    click_first_row(page)
    expect(page.get_by_role("heading", name="findable")).to_be_visible()
    expect(timeline(page)).to_be_visible()
    page.go_back()
    page.wait_for_url(re.compile("/traces"))
    expect(page.get_by_role("searchbox")).to_have_value("findable")
    expect(page.locator(".list .row").first).to_be_visible()
    page.wait_for_function("!new URL(location).searchParams.has('trace')")
    page.go_forward()
    expect(page.get_by_role("heading", name="findable")).to_be_visible()
    assert selected(page, "trace") == TRACE_ID


def test_filters_that_leave_nothing_say_so_and_can_be_cleared(dashboard: Server, page: Page) -> None:
    send(dashboard, proto_span(1))
    page.goto(f"{dashboard.url}/traces?period=30d")
    expect(page.locator(".list .row").first).to_be_visible()
    page.get_by_role("searchbox").fill("no such thing")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(".list .row").first).to_be_visible()


def test_a_paused_page_stands_still(dashboard: Server, page: Page) -> None:
    page.goto(dashboard.url)
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()
    page.get_by_role("button", name="Live").click()
    expect(page.get_by_role("button", name="Paused")).to_be_visible()
    send_with_a_plain_opentelemetry_sdk(dashboard)
    other = page.context.new_page()
    other.goto(dashboard.url)
    expect(other.locator(".list .row").first).to_be_visible()
    other.close()
    page.wait_for_timeout(1_000)
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()
    page.get_by_role("button", name="Paused").click()
    expect(page.locator(".list .row").first).to_be_visible()


def test_typing_and_scroll_survive_new_spans(dashboard: Server, page: Page) -> None:
    send(dashboard, proto_span(1))
    page.goto(f"{dashboard.url}/traces?period=30d")
    box = page.get_by_role("searchbox")
    box.click()
    page.keyboard.type("half a wo")
    send(dashboard, proto_span(1, trace_id=bytes.fromhex("f" * 32)))
    expect(page.get_by_role("button", name=re.compile("^1 new$"))).to_be_visible()
    expect(box).to_be_focused()
    expect(box).to_have_value("half a wo")


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Server]:
    """A dashboard whose database goes away under it."""
    with forked_dashboard(tmp_path) as server:
        yield server


def test_a_database_that_is_away_is_no_empty_page(broken: Server, page: Page, tmp_path: Path) -> None:
    send(broken, proto_span(1))
    for path in tmp_path.glob("msgtrace.db*"):
        path.rename(path.with_name(f"away-{path.name}"))
    (tmp_path / "msgtrace.db").mkdir()
    for path in ("/", "/traces", f"/trace?trace={TRACE_ID}"):
        page.goto(broken.url + path)
        expect(page.get_by_text("The database can't be reached.").first).to_be_visible()
        expect(page.get_by_text("Waiting for the first trace")).not_to_be_visible()


def test_the_password_stands_before_every_page(page: Page, tmp_path: Path) -> None:
    with forked_dashboard(tmp_path, MSGTRACE_DASHBOARD_PASSWORD="open sesame") as server:
        send(server, proto_span(1, name="secret work"))
        page.goto(f"{server.url}/trace?trace={TRACE_ID}")
        expect(page.locator("input[type=password]")).to_be_visible()
        page.locator("input[type=password]").fill("wrong")
        page.get_by_role("button", name="Open the dashboard").click()
        expect(page.get_by_text("That is not the password.")).to_be_visible()
        assert "secret work" not in page.content()
        page.locator("input[type=password]").fill("open sesame")
        with page.expect_response("**/sign-in/*"):
            page.get_by_role("button", name="Open the dashboard").click()
        expect(page.get_by_role("heading", name="secret work")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="secret work")).to_be_visible()
        page.get_by_role("link", name="Sign out").click()
        expect(page.locator("input[type=password]")).to_be_visible()
        page.goto("about:blank")


def test_a_span_without_a_parent_can_be_shown_in_the_run_it_seems_to_belong_to(dashboard: Server, page: Page) -> None:
    for number, (start_s, end_s) in enumerate([(0, 100), (10, 90), (20, 30)], start=1):
        times = {
            "start_time_unix_nano": START_NS + start_s * SECOND_NS,
            "end_time_unix_nano": START_NS + end_s * SECOND_NS,
        }
        ids = {"trace_id": bytes([number]) * 16, "span_id": bytes([number]) * 8, "parent_span_id": b""}
        message = request(proto_span(number, name=f"step {number}", **times, **ids))
        message.resource_spans[0].scope_spans[0].scope.name = "msgtrace.sdk"
        post(dashboard, bytes(message.SerializeToString()))
    page.goto(f"{dashboard.url}/trace?trace={'03' * 16}")
    tree = page.locator(".waterfall")
    expect(tree.get_by_text("step 3")).to_be_visible()
    expect(tree.get_by_text("step 1")).not_to_be_visible()
    page.get_by_text("Show the run it seems to belong to").click()
    expect(tree.get_by_text("step 1")).to_be_visible()
    expect(page.get_by_text("inferred parents, not sent")).to_be_visible()
    assert selected(page, "inferred") == "on"
