"""Pages that are live: what arrives shows at once, and nothing of what the viewer does is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Page, Route, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.pages import settle
from tests.browser.test_main_job import send
from tests.collector.otlp_requests import SECOND_NS, proto_span
from tests.forked import forked_collector, forked_dashboard
from tests.servers import Server

STREAM = "**/api/v1/stream*"
LOADED_WITHIN_MS = 60_000
"""The stream is asked for last, when the page stands."""


def run_of_now(number: int, **fields: object) -> Span:
    """The root of a run that has just ended."""
    now_ns = time.time_ns()
    times = {"start_time_unix_nano": now_ns - 2 * SECOND_NS, "end_time_unix_nano": now_ns - SECOND_NS}
    return proto_span(1, **{"trace_id": number.to_bytes(16, "big"), **times, **fields})


def expect_runs(page: Page, number: int) -> None:
    """The sentence at the top of Home counts so many."""
    words = f"{number} runs" if number > 1 else "1 run"
    expect(page.locator(".st-key-content [data-testid=stMarkdown]").first).to_contain_text(words)


def open_home(page: Page, server: Server) -> None:
    with page.expect_response(STREAM, timeout=LOADED_WITHIN_MS):
        page.goto(server.url)
    expect_runs(page, 1)
    expect(page.locator(".list .row").first).to_be_visible()


class Runs:
    """Counts what the server runs for a page from now on."""

    def __init__(self, page: Page) -> None:
        self.all = self.full = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._note))

    def _note(self, frame: str | bytes) -> None:
        kind = ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode()).WhichOneof("type")
        self.all += kind == "script_finished"
        self.full += kind == "navigation"  # the menu is drawn by the whole script only


@pytest.fixture
def lively(dashboard: Server) -> Server:
    """A dashboard that shows one run."""
    send(dashboard, run_of_now(1))
    return dashboard


def test_what_the_sidecar_stores_shows_on_an_open_page(lively: Server, page: Page, tmp_path: Path) -> None:
    open_home(page, lively)
    with forked_collector(tmp_path) as sidecar:
        send(sidecar, run_of_now(2))
        expect_runs(page, 2)


def test_a_tick_runs_fragments_and_never_the_whole_page(lively: Server, page: Page) -> None:
    runs = Runs(page)
    open_home(page, lively)
    assert runs.full == 1
    before = runs.all
    for number in range(2, 6):
        send(lively, run_of_now(number))
        expect_runs(page, number)
    assert runs.all > before
    assert runs.full == 1


def test_an_idle_page_runs_nothing(lively: Server, page: Page) -> None:
    runs = Runs(page)
    with page.expect_response(STREAM, timeout=LOADED_WITHIN_MS):
        page.goto(f"{lively.url}/prices")
    page.wait_for_timeout(1_000)
    before = runs.all
    assert before
    page.wait_for_timeout(4_000)
    assert runs.all == before


def test_half_typed_text_and_focus_survive_ticks(lively: Server, page: Page) -> None:
    page.goto(f"{lively.url}/connect")
    page.get_by_role("link", name="Prices").click()
    box = page.get_by_role("textbox").first
    expect(box).to_be_visible()
    box.click()
    for number, letter in enumerate("typed", start=2):
        page.keyboard.type(letter)
        send(lively, run_of_now(number))
        page.wait_for_timeout(200)
    expect(box).to_be_focused()
    expect(box).to_have_value("typed")


def test_the_scroll_position_survives_ticks(lively: Server, page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 500})
    open_home(page, lively)
    main = page.locator("[data-testid=stMain]")
    main.evaluate("main => main.scrollTo(0, 400)")
    page.wait_for_timeout(300)
    before = main.evaluate("main => main.scrollTop")
    assert before > 0
    for number in (2, 3, 4):
        send(lively, run_of_now(number))
        expect(page.locator(".st-key-content [data-testid=stMarkdown]").first).to_contain_text(f"{number} runs")
    assert main.evaluate("main => main.scrollTop") == before


def test_an_open_expander_stays_open(lively: Server, page: Page) -> None:
    """The second span hangs below the first, closed until it is clicked."""
    trace = {"trace_id": (1).to_bytes(16, "big")}
    below = {"parent_span_id": (1).to_bytes(8, "big"), **trace}
    send(lively, run_of_now(1), proto_span(2, name="outer", **below))
    send(lively, proto_span(3, name="inner", parent_span_id=(2).to_bytes(8, "big"), **trace))
    page.goto(f"{lively.url}/trace?view=tree&trace={1:032x}")
    tree = page.locator(".st-key-span_tree")
    tree.locator("summary").filter(has_text="outer").last.click()
    inner = tree.get_by_text("inner").first
    expect(inner).to_be_visible()
    send(lively, proto_span(4, name="late", **below))
    expect(tree.get_by_text("late").first).to_be_visible()
    expect(inner).to_be_visible()


def test_choices_hold_though_the_code_of_their_widgets_comes_late(lively: Server, page: Page) -> None:
    """Later than a live update: what the browser makes of the widgets then, it says with the next one."""
    late: list[Route] = []
    for code in ("ButtonGroup", "Checkbox", "TextInput"):
        page.route(f"**/{code}.*.js", lambda route: late.append(route))
    address = f"{lively.url}/trace?trace={1:032x}&find=span&view=waterfall&fold=on&group=on"
    page.goto(address)
    bar = page.locator(".st-key-trace_bar")
    expect(bar).to_contain_text("1 span")
    for number, told in ((2, "2 spans"), (3, "3 spans")):
        trace = {"trace_id": (1).to_bytes(16, "big"), "parent_span_id": (1).to_bytes(8, "big")}
        send(lively, proto_span(number, **trace))
        expect(bar).to_contain_text(told)
        while late:
            late.pop().continue_()
        expect(bar.get_by_role("radio", name="Waterfall")).to_be_checked()
        expect(page.get_by_role("switch", name="Fold infrastructure")).to_be_checked()
        expect(page.get_by_role("searchbox")).to_have_value("span")
    settle(page)
    assert page.url == address


def test_nothing_greys_out_while_new_data_is_drawn(lively: Server, page: Page) -> None:
    open_home(page, lively)
    page.evaluate(
        """() => {
            window.faintest = 1
            const look = () => {
                for (const part of document.querySelectorAll(".st-key-content [data-testid=stElementContainer]"))
                    window.faintest = Math.min(window.faintest, Number(getComputedStyle(part).opacity))
                requestAnimationFrame(look)
            }
            look()
        }"""
    )
    for number in range(2, 6):
        send(lively, run_of_now(number))
        expect_runs(page, number)
    assert page.evaluate("window.faintest") > 0.7


def test_ten_tabs_are_live_over_one_connection(lively: Server, page: Page) -> None:
    asked: list[str] = []
    context = page.context
    context.on("request", lambda request: asked.append(request.url) if "/api/v1/stream" in request.url else None)
    open_home(page, lively)
    tabs = [page, *(context.new_page() for _ in range(9))]
    for tab in tabs[1:]:
        tab.goto(lively.url)
        expect_runs(tab, 1)
    send(lively, run_of_now(2))
    for tab in tabs:
        expect_runs(tab, 2)
    assert len(asked) == 1
    tabs[0].goto("about:blank")  # it has the connection: another takes over
    send(lively, run_of_now(3))
    for tab in tabs[1:]:
        expect_runs(tab, 3)
        expect(tab.get_by_role("button", name="Live", exact=True)).to_be_visible()
    assert len(asked) == 2


def test_a_tab_that_nobody_sees_waits_until_it_is_seen(lively: Server, page: Page) -> None:
    open_home(page, lively)
    hide = "is => { Object.defineProperty(document, 'hidden', {get: () => is, configurable: true});"
    hide += " document.dispatchEvent(new Event('visibilitychange')) }"
    page.evaluate(hide, True)
    send(lively, run_of_now(2))
    page.wait_for_timeout(1_500)
    expect_runs(page, 1)
    page.evaluate(hide, False)
    expect_runs(page, 2)


@pytest.fixture
def cut_off(page: Page) -> Iterator[Page]:
    """A page whose way to the stream is blocked; the console says so, rightly."""
    context = page.context.browser.new_context(viewport={"width": 1440, "height": 900})  # type: ignore[union-attr]
    page = context.new_page()
    page.route(STREAM, lambda route: route.abort())
    yield page
    context.close()


def test_a_page_that_cannot_hear_looks_for_itself_and_says_so(lively: Server, cut_off: Page) -> None:
    cut_off.goto(lively.url)
    expect_runs(cut_off, 1)
    expect(cut_off.get_by_role("button", name="Live, every 2.5 s")).to_be_visible()
    send(lively, run_of_now(2))
    expect_runs(cut_off, 2)

    cut_off.unroute(STREAM)
    expect(cut_off.get_by_role("button", name="Live", exact=True)).to_be_visible(timeout=60_000)


def test_a_paused_page_lets_nothing_in(lively: Server, page: Page) -> None:
    open_home(page, lively)
    page.get_by_role("button", name="Live").click()
    expect(page.get_by_role("button", name="Paused")).to_be_visible()
    send(lively, run_of_now(2))
    page.wait_for_timeout(1_500)
    expect_runs(page, 1)
    page.get_by_role("button", name="Paused").click()
    expect_runs(page, 2)


def test_a_page_behind_a_password_listens_with_its_ticket(page: Page, tmp_path: Path) -> None:
    with forked_dashboard(tmp_path, MSGTRACE_DASHBOARD_PASSWORD="open sesame") as server:
        send(server, run_of_now(1))
        page.goto(server.url)
        page.locator("input[type=password]").fill("open sesame")
        with page.expect_response(STREAM, timeout=LOADED_WITHIN_MS) as response:
            page.get_by_role("button", name="Open the dashboard").click()
        assert response.value.status == 200
        expect_runs(page, 1)
        send(server, run_of_now(2))
        expect_runs(page, 2)
        page.goto("about:blank")


def refuse(page: Page, times: int) -> list[str]:
    """Refuses the first connections to the stream, and lets an hour pass with each. Returns what was asked for."""
    asked: list[str] = []

    def decide(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) <= times:
            route.abort()
        else:
            route.continue_()

    page.unroute(STREAM)
    page.route(STREAM, decide)
    page.add_init_script(
        """let passed = 0
        const now = Date.now
        Date.now = () => now() + passed
        window.EventSource = class extends EventSource {
            constructor(url) {
                super(url)
                this.addEventListener("error", () => { passed += 3_600_000 })
            }
        }"""
    )
    return asked


def test_a_page_whose_connection_fails_connects_again(cut_off: Page, lively: Server) -> None:
    asked = refuse(cut_off, times=1)
    with cut_off.expect_response(STREAM, timeout=LOADED_WITHIN_MS):
        cut_off.goto(lively.url)
    send(lively, run_of_now(2))
    expect_runs(cut_off, 2)
    expect(cut_off.get_by_role("button", name="Live", exact=True)).to_be_visible()
    assert len(asked) == 2


def test_a_page_whose_ticket_is_over_asks_for_another(cut_off: Page, tmp_path: Path) -> None:
    with forked_dashboard(tmp_path, MSGTRACE_DASHBOARD_PASSWORD="open sesame") as server:
        send(server, run_of_now(1))
        asked = refuse(cut_off, times=1)
        cut_off.goto(server.url)
        cut_off.locator("input[type=password]").fill("open sesame")
        with cut_off.expect_response(STREAM, timeout=LOADED_WITHIN_MS) as response:
            cut_off.get_by_role("button", name="Open the dashboard").click()
        assert response.value.status == 200
        assert len(set(asked)) == 2


def test_the_list_of_traces_stands_still_until_what_is_new_is_loaded(lively: Server, page: Page) -> None:
    with page.expect_response(STREAM, timeout=LOADED_WITHIN_MS):
        page.goto(f"{lively.url}/traces")
    shown = page.locator(".st-key-count_line")
    expect(shown).to_contain_text("1 of 1 trace shown")
    pill = page.get_by_role("button", name=re.compile("^[0-9]+ new$"))
    send(lively, run_of_now(2))
    expect(pill).to_contain_text("1 new")
    send(lively, run_of_now(3))
    expect(pill).to_contain_text("2 new")
    expect(shown).to_contain_text("1 of 1 trace shown")
    pill.click()
    expect(shown).to_contain_text("3 of 3 traces shown")
    expect(pill).to_have_count(0)


def test_a_list_does_not_move_under_the_pointer(lively: Server, page: Page) -> None:
    open_home(page, lively)
    box = page.locator(".list").bounding_box()
    assert box is not None

    def move(step: int) -> None:
        page.mouse.move(box["x"] + 100 + step % 50, box["y"] + 50)

    move(0)
    send(lively, run_of_now(2))
    for step in range(30):
        move(step)
        page.wait_for_timeout(50)
    expect_runs(page, 1)
    expect_runs(page, 2)  # soon after the pointer came to rest


def test_a_change_is_not_lost_to_the_ticks_that_come_while_it_is_made(lively: Server, page: Page) -> None:
    page.goto(f"{lively.url}/prices")
    expect(page.get_by_role("button", name="Preview")).to_be_visible()
    enough = Event()

    def keep_sending() -> None:
        for number in range(2, 300):
            send(lively, run_of_now(number))
            if enough.wait(0.05):
                return

    sending = Thread(target=keep_sending)
    sending.start()
    try:
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("Nothing would change")).to_be_visible()
    finally:
        enough.set()
        sending.join()
