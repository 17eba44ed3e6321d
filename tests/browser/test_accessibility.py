"""axe finds no serious fault on any page, in light and dark, and every page can be read on a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.pages import PATHS, address, settle
from tests.browser.test_main_job import LLM, send
from tests.collector.otlp_requests import TRACE_ID, proto_span
from tests.forked import forked_dashboard
from tests.servers import Server

PHONE: ViewportSize = {"width": 390, "height": 844}
SERIOUS = ("serious", "critical")
LONG_WORD = "w" * 300


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with forked_dashboard(tmp_path_factory.mktemp("filled")) as server:
        send(
            server, proto_span(1, name="a run"), proto_span(2, name="a call", attributes=LLM), proto_span(3, error=True)
        )
        failed = proto_span(1, trace_id=bytes.fromhex("f" * 32), name=LONG_WORD, attributes=LLM, error=True)
        failed.status.message = LONG_WORD
        send(server, failed)
        yield server


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with forked_dashboard(tmp_path_factory.mktemp("empty")) as server:
        yield server


def settled(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator("[data-testid=stMain] h1").or_(page.locator("[data-testid=stMain] h3")).first).to_be_visible()
    settle(page)


def serious_faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['target']} {node['html'][:200]}"
        for fault in found
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(filled: Server, page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    for path in PATHS:
        settled(page, filled.url + address(path, TRACE_ID))
        assert serious_faults(page) == [], path


def test_axe_finds_no_serious_fault_where_there_is_nothing_yet(empty: Server, page: Page) -> None:
    for path in PATHS:
        settled(page, empty.url + path)
        assert serious_faults(page) == [], path


def test_no_page_scrolls_sideways_on_a_telephone(filled: Server, page: Page) -> None:
    page.set_viewport_size(PHONE)
    for path in (*(address(path, TRACE_ID) for path in PATHS), address("/trace", "f" * 32)):
        settled(page, filled.url + path)
        wider = page.evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map(one => one.scrollWidth - one.clientWidth)"
        )
        assert wider == [0, 0], path


def test_every_chart_says_in_words_what_it_shows(filled: Server, page: Page) -> None:
    for path in ("/", "/trace"):
        settled(page, filled.url + address(path, TRACE_ID))
        charts = page.locator("[data-testid=stVegaLiteChart]")
        assert charts.count() > 0
        for chart in charts.all():
            said = chart.locator("[aria-label]").first.get_attribute("aria-label")
            assert said, path
