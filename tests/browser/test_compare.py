"""Why this run was slower: two runs beside each other, as somebody looks at them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from collector.demo.generate import PAIR_AFTER_TRACE_ID, PAIR_BEFORE_TRACE_ID, generate
from collector.demo.send import send as send_demo
from tests.browser.test_main_job import send
from tests.collector.otlp_requests import SECOND_NS, START_NS, proto_span
from tests.forked import forked_dashboard
from tests.servers import Server, uvicorn_dashboard

HOSTILE = "<img src=x onerror=alert(1)> ![x](http://evil.example/p.png) **b**"
BRIDGE_ROW_PX = 34
A_ID, B_ID = "aa" * 16, "bb" * 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the database lies."""
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Server]:
    """A dashboard over a few days of demo runs, with the pair made to be compared."""
    with forked_dashboard(folder) as server:
        requests = generate(time.time_ns(), days=2, traces_per_day=40)
        send_demo(requests, server.url, api_key=None, progress=lambda _done, _all: None)
        yield server


def row(page: Page, name: str, number: int = 0) -> Locator:
    return page.get_by_role("treeitem", name=name).nth(number)


def click_below_the_total(page: Page, what: str) -> None:
    """On the row of the largest contribution, at its edge."""
    chart = page.locator(f".st-key-panel_bridge_{what} .marks")
    box = chart.bounding_box()
    assert box is not None
    chart.click(position={"x": box["width"] * 0.9, "y": 1.5 * BRIDGE_ROW_PX})


def selected(page: Page, name: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


def send_hostile_pair(server: Server) -> None:
    """One call on another model with other parameters, between spans whose names try to be more than text."""
    for trace_id, model, temperature, starts_s in ((A_ID, "gpt-4o-mini", 0.2, 0), (B_ID, "gpt-4o", 0.9, 100)):
        ids = {"trace_id": bytes.fromhex(trace_id)}
        start_ns = START_NS + starts_s * SECOND_NS
        times = {"start_time_unix_nano": start_ns, "end_time_unix_nano": start_ns + 2 * SECOND_NS}
        root = proto_span(1, name=HOSTILE, parent_span_id=b"", **ids, **times)
        asked = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.request.temperature": temperature,
            "gen_ai.system_instructions": f"{HOSTILE} {model}",
        }
        call = proto_span(
            2, name=f"chat {model}", attributes=asked, parent_span_id=(1).to_bytes(8, "big"), **ids, **times
        )
        send(server, root, call)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_slower_run_is_explained_from_its_trace_on(
    demo: Server, page: Page, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{demo.url}/trace?trace={PAIR_AFTER_TRACE_ID}")
    page.get_by_role("link", name="Compare with the last good run").click()
    page.wait_for_url(re.compile("/compare"))
    verdict = page.locator(".st-key-verdict_words")
    expect(verdict).to_contain_text("B took 4.10 s longer (+41 %) and cost $0.0310 more (+56 %)")
    expect(verdict).to_contain_text(
        "because search timed out and was retried three times after three words of the system prompt changed"
    )
    expect(verdict).to_contain_text("First difference at step 5, plan.search")
    expect(verdict).to_contain_text("the model of policy.check (gpt-5-mini → gemini-2.5-flash)")
    expect(page.locator("del").first).to_have_text("− short plain keywords")
    expect(page.locator("ins").first).to_have_text("+ full quoted sentences")
    expect(page.locator(".st-key-panel_bridge_time .marks")).to_be_visible()
    expect(row(page, "revise.query, added")).to_be_visible()
    expect(row(page, "revise.reply, removed")).to_be_visible()


def test_rows_are_chosen_by_mouse_and_keyboard_and_stay_in_the_link(demo: Server, page: Page) -> None:
    page.goto(f"{demo.url}/compare?a={PAIR_BEFORE_TRACE_ID[:8]}&b={PAIR_AFTER_TRACE_ID[:8]}")
    row(page, "step 20, draft.reply").click()
    page.wait_for_url(re.compile("span="))
    expect(page.get_by_text("step 20, draft.reply")).to_be_visible()
    first = selected(page, "span")

    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("step 21, check.tone")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_text("A16, revise.reply")).to_be_visible()
    assert selected(page, "span") != first

    folded = row(page, "billing, unchanged")
    expect(folded).to_have_attribute("aria-expanded", "false")
    folded.locator(".toggle").click()
    expect(folded).to_have_attribute("aria-expanded", "true")
    expect(row(page, "orders.lookup")).to_be_visible()

    page.reload()
    expect(page.get_by_text("A16, revise.reply")).to_be_visible()


def test_a_click_on_a_contribution_chooses_its_step(demo: Server, page: Page) -> None:
    page.goto(f"{demo.url}/compare?b={PAIR_AFTER_TRACE_ID}")
    expect(page.get_by_text("Every node that differs")).to_be_attached()
    page.wait_for_timeout(1500)  # charts draw themselves after the last element
    click_below_the_total(page, "cost")
    expect(page.get_by_text("step 7, revise.query")).to_be_visible()
    expect(row(page, "step 7, revise.query")).to_have_attribute("aria-selected", "true")
    assert selected(page, "span") is not None

    row(page, "step 20, draft.reply").click()
    expect(page.get_by_text("step 20, draft.reply")).to_be_visible()
    page.wait_for_timeout(1500)
    click_below_the_total(page, "cost")
    expect(page.get_by_text("step 7, revise.query")).to_be_visible()
    click_below_the_total(page, "time")
    expect(page.get_by_text("step 6, search", exact=True)).to_be_visible()


def test_back_goes_to_the_step_before(demo: Server, page: Page) -> None:
    page.goto(f"{demo.url}/compare?b={PAIR_AFTER_TRACE_ID}")
    row(page, "step 20, draft.reply").click()
    expect(page.get_by_text("step 20, draft.reply")).to_be_visible()
    row(page, "step 23, policy.check").click()
    expect(page.locator(".st-key-said")).to_contain_text("it ran on gemini-2.5-flash instead of gpt-5-mini")
    page.go_back()
    expect(page.get_by_text("step 20, draft.reply")).to_be_visible()
    expect(row(page, "step 20, draft.reply")).to_have_attribute("aria-selected", "true")


def test_a_link_to_a_step_of_a_pair_works_on_a_server_just_started(demo: Server, folder: Path, page: Page) -> None:
    page.goto(f"{demo.url}/compare?a={PAIR_BEFORE_TRACE_ID}&b={PAIR_AFTER_TRACE_ID}")
    row(page, "step 20, draft.reply").click()
    page.wait_for_url(re.compile("span="))
    with uvicorn_dashboard(folder) as other:
        page.goto(page.url.replace(demo.url, other.url))
        expect(page.locator(".st-key-verdict_words")).to_contain_text("B took 4.10 s longer")
        expect(page.get_by_text("step 20, draft.reply")).to_be_visible()
        expect(row(page, "step 20, draft.reply")).to_have_attribute("aria-selected", "true")
        page.goto("about:blank")


def test_the_run_before_and_the_last_good_run_are_a_click_away(demo: Server, page: Page) -> None:
    page.goto(f"{demo.url}/compare?b={PAIR_AFTER_TRACE_ID}")
    for name, told, in_link in (
        ("the run before", "A is the run before B", "before"),
        ("the last good run", "A is the last good run before B", None),
    ):
        page.get_by_role("button", name="Choose runs").click()
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator(".st-key-compare_about")).to_contain_text(told)
        expect(page.locator(".st-key-verdict_words")).to_contain_text("B took")
        assert selected(page, "a") == in_link
        page.keyboard.press("Escape")


def test_swapping_turns_the_verdict_round_and_back_undoes_it(demo: Server, page: Page) -> None:
    page.goto(f"{demo.url}/compare?b={PAIR_AFTER_TRACE_ID}")
    verdict = page.locator(".st-key-verdict_words")
    expect(verdict).to_contain_text("B took 4.10 s longer")
    page.get_by_role("button", name="Swap A and B").click()
    expect(verdict).to_contain_text("B took 4.10 s less")
    assert selected(page, "b") == PAIR_BEFORE_TRACE_ID
    page.go_back()
    expect(verdict).to_contain_text("B took 4.10 s longer")


def test_hostile_names_and_prompts_stay_text_and_a_swapped_model_is_told(demo: Server, page: Page) -> None:
    send_hostile_pair(demo)
    page.goto(f"{demo.url}/compare?a={A_ID}&b={B_ID}")
    verdict = page.locator(".st-key-verdict_words")
    expect(verdict).to_contain_text("it ran on gpt-4o instead of gpt-4o-mini; its temperature went from 0.2 to 0.9")
    expect(page.get_by_role("treeitem").first).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".diff")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1440, "dark")])
def test_it_fits_a_phone_and_the_dark(demo: Server, chromium: Browser, width: int, scheme: str) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{demo.url}/compare?b={PAIR_AFTER_TRACE_ID}")
    expect(row(page, "plan.search")).to_be_visible()
    expect(page.get_by_text("Every node that differs")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_groups_are_compared_by_what_is_typed(demo: Server, page: Page) -> None:
    page.goto(f"{demo.url}/compare?view=groups&period=7d")
    page.get_by_label("Group A").fill("version:42")
    page.get_by_label("Group A").press("Enter")
    page.wait_for_url(re.compile("ga="))
    page.get_by_label("Group B").fill("version:43")
    page.get_by_label("Group B").press("Enter")
    expect(page.get_by_text("A run of B is slower than one of A in 100 of 100 pairs")).to_be_visible()
    assert selected(page, "ga") == "version:42"
