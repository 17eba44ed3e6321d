"""Everything in a span is hostile: nothing of it runs, loads, styles or becomes markup on any page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hostile import MARK, PAYLOADS, trace_of, whole_corpus
from tests.browser.pages import PATHS, address, settle
from tests.browser.test_main_job import post, send
from tests.collector.otlp_requests import TRACE_ID, proto_span, request
from tests.forked import forked_dashboard
from tests.servers import Server

CORPUS = len(PAYLOADS) + 1
MARKUP = (
    "[data-testid=stMarkdownContainer] :is(em, del, li, td, th, blockquote, details, b, h2, h4, h5, hr),"
    "mark, iframe, object, embed, video, audio, form, math, base, meta, .katex, [data-testid=stIconMaterial],"
    "script, style"
)
OUR_COLOURS = ".stMarkdownColoredText, .stMarkdownBadge"
"""We colour labels that hold a span's text too; coloured by itself, it would be the word alone."""
"""What payloads would become; where our own pages have such elements, no payload stands in them."""
FOUND_IN_MARKUP = f"""() => {{
    const main = document.querySelector('[data-testid=stApp]');
    const marked = [...main.querySelectorAll({MARKUP!r})].filter(one =>
        one.textContent.includes('{MARK}') && !one.closest('[data-testid=stCode], [data-testid=stJson]'));
    const coloured = [...main.querySelectorAll({OUR_COLOURS!r})].filter(one => one.textContent.trim() === '{MARK}');
    const links = [...main.querySelectorAll('a[href], area, [src], [srcset], [action], [data]')].filter(one =>
        ['href', 'src', 'srcset', 'action', 'data'].some(name => /evil|^javascript:/i.test(one.getAttribute(name) || '')
            && !(one.tagName === 'A' && new URL(one.href).origin === location.origin)));
    return [...marked, ...coloured, ...links].map(one => one.outerHTML.slice(0, 200));
}}"""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Holds the corpus: a trace for each payload, and one with all of them."""
    with forked_dashboard(tmp_path_factory.mktemp("attacked")) as server:
        for number, payload in enumerate(PAYLOADS, start=1):
            post(server, bytes(request(*trace_of(payload, number), service=payload).SerializeToString()))
        send(server, *whole_corpus(CORPUS))
        yield server


def check_that_it_is_only_text(page: Page, where: str) -> None:
    assert page.evaluate("window.hacked === undefined"), where
    assert page.evaluate(FOUND_IN_MARKUP) == [], where
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_the_corpus_is_large_enough() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 50


def test_no_page_runs_loads_or_draws_anything_of_a_span(attacked: Server, page: Page) -> None:
    for path in PATHS:
        page.goto(attacked.url + address(path, f"{CORPUS:032x}"))
        expect(page.locator("[data-testid=stMain] h1").first).to_be_visible()
        settle(page)
        check_that_it_is_only_text(page, path)


def test_the_parts_of_a_span_are_only_text(attacked: Server, page: Page) -> None:
    page.goto(f"{attacked.url}/trace?trace={CORPUS:032x}&span={1:016x}")
    panel = page.locator(".st-key-span_panel")
    for tab in panel.get_by_role("tab").all():
        tab.click()
        expect(panel.get_by_role("tabpanel").first).to_be_visible()
        settle(page)
        check_that_it_is_only_text(page, tab.inner_text())


def test_no_trace_becomes_markup_by_its_names(attacked: Server, page: Page) -> None:
    """Of every family some; the others stand in the lists, and as spans in the trace with all of them."""
    for number, payload in list(enumerate(PAYLOADS, start=1))[::6]:
        page.goto(f"{attacked.url}/trace?trace={number:032x}&span={2:016x}")
        expect(page.locator(".st-key-span_panel")).to_be_visible()
        check_that_it_is_only_text(page, payload[:80])


def test_an_unknown_trace_is_said_to_be_unknown(dashboard: Server, page: Page) -> None:
    send(dashboard, proto_span(1))
    for wrong in ("0" * 31 + "1", "<b>x</b>", TRACE_ID[:7], TRACE_ID + "0"):
        page.goto(f"{dashboard.url}/trace?trace={wrong}")
        expect(
            page.get_by_text("No such trace", exact=False).or_(page.get_by_text("not found", exact=False)).first
        ).to_be_visible()
