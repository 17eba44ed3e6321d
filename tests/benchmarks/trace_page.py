"""How long large traces take to appear and to answer a click, beside Streamlit's own hello-world in the same run.

    python -m tests.benchmarks.trace_page [--runs 5] [--spans 10000]

Both servers are warm and so is the browser's cache. Printed for traces of 2,000 and so many spans: medians of the time
from the start of the navigation to the header (the last card's label), to the first rows of the waterfall and to the
drawn timeline, in seconds and as a ratio to hello-world's text; the same from a click on a link within the dashboard;
and the milliseconds from a click on a row to the changed panel of the span.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from collector.demo.generate import TWO_THOUSAND_TRACE_ID, generate
from collector.demo.send import send
from tests.big_traces import send_big_trace
from tests.servers import Server, free_port, running, uvicorn_dashboard

HELLO = "import streamlit as st\nst.write('hello world')\n"
HEADER = "text=Waiting on models"
ROWS = ".waterfall .row"
TIMELINE = ".st-key-timeline_chart .marks"
BIG_TRACE_ID = "b1" * 16
CLICKS = 6
ROW_PX = 22
WATCH = """() => {
  window.clicked = window.changed = null
  const before = document.querySelector('.st-key-span_panel').innerText
  document.addEventListener('click', () => { window.clicked = performance.now() }, { capture: true, once: true })
  const look = () => {
    const now = document.querySelector('.st-key-span_panel')?.innerText
    if (window.clicked && now && now !== before) window.changed = performance.now()
    else requestAnimationFrame(look)
  }
  look()
}"""


@contextmanager
def hello_world(folder: Path) -> Iterator[Server]:
    """Streamlit's own, which nothing made with Streamlit is faster than."""
    (folder / "hello.py").write_text(f"import streamlit as st\napp = st.App({str(folder / 'page.py')!r})\n")
    (folder / "page.py").write_text(HELLO)
    port = free_port()
    command = ["-m", "uvicorn", "hello:app", "--app-dir", str(folder), "--port", str(port)]
    with running(command, port, folder / "hello.log", ready="/_stcore/health") as server:
        yield server


def appearing(page: Page, begun: float, marks: tuple[str, ...]) -> list[float]:
    """Seconds until each of the marks is visible."""
    seconds = []
    for mark in marks:
        page.locator(mark).first.wait_for(timeout=60_000)
        seconds.append(time.perf_counter() - begun)
    return seconds


def opening(context: BrowserContext, url: str, marks: tuple[str, ...]) -> list[float]:
    """Of a page opened by its address."""
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(url, wait_until="commit")
    seconds = appearing(page, begun, marks)
    page.close()
    return seconds


def following(context: BrowserContext, server: Server, trace_id: str) -> float:
    """Seconds to the first rows from a click within the dashboard: the browser's way back to the trace."""
    page = context.new_page()
    page.goto(f"{server.url}/trace?trace={trace_id}")
    page.locator(TIMELINE).first.wait_for(timeout=60_000)
    page.get_by_role("link", name="Prices").click()
    page.get_by_role("heading", name="Prices", exact=True).wait_for()
    page.wait_for_timeout(500)
    begun = time.perf_counter()
    page.go_back()
    [seconds] = appearing(page, begun, (ROWS,))
    page.close()
    return seconds


def clicking(context: BrowserContext, url: str) -> list[float]:
    """Milliseconds from each of a few clicks on rows to the panel of the chosen span."""
    page = context.new_page()
    page.goto(url)
    page.locator(TIMELINE).first.wait_for(timeout=60_000)
    page.wait_for_timeout(1_000)
    body = page.locator(".waterfall .body").bounding_box()
    assert body is not None
    times: list[float] = []
    for number in range(1, CLICKS + 1):  # rows in view: not the first, nor the selected one, whose panel is there
        page.evaluate(WATCH)
        page.mouse.click(body["x"] + 120, body["y"] + (number + 0.5) * ROW_PX)
        page.wait_for_function("window.changed")
        times.append(page.evaluate("window.changed - window.clicked"))
        page.wait_for_timeout(500)
    page.close()
    return times


def compare(hello: Server, dashboard: Server, runs: int, traces: dict[str, str]) -> None:
    """Alternates the two servers, so that a busy moment of the machine falls on both."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {runs} runs, medians")
        for name, trace_id in traces.items():
            url = f"{dashboard.url}/trace?trace={trace_id}"
            times: list[list[float]] = []
            for run in range(runs + 1):
                plain = opening(context, hello.url, ("text=hello world",))
                opened = opening(context, url, (HEADER, ROWS, TIMELINE))
                followed = following(context, dashboard, trace_id)
                if run:  # the first only warms the caches
                    times.append([*plain, *opened, followed])
            report(name, [statistics.median(column) for column in zip(*times, strict=True)])
            clicks = sorted(clicking(context, url))
            print(
                f"  click to panel       {statistics.median(clicks):5.0f} ms, slowest of {CLICKS} {clicks[-1]:.0f} ms"
            )
        browser.close()


def report(name: str, medians: list[float]) -> None:
    plain, *others = medians
    print(f"{name}\n  hello-world text     {plain:5.2f} s")
    for what, seconds in zip(("header", "first rows", "timeline", "rows, from a link"), others, strict=True):
        print(f"  {what:20} {seconds:5.2f} s  {seconds / plain:4.2f} x")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--spans", type=int, default=10_000, help="of the larger trace")
    given = options.parse_args()
    traces = {"2,000 spans": TWO_THOUSAND_TRACE_ID, f"{given.spans:,} spans": BIG_TRACE_ID}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            uvicorn_dashboard(folder) as dashboard,
            hello_world(folder) as hello,
        ):
            requests = generate(time.time_ns(), days=3)
            send(requests, dashboard.url, api_key=None, progress=lambda _done, _all: None)
            send_big_trace(dashboard.url, given.spans, BIG_TRACE_ID)
            compare(hello, dashboard, given.runs, traces)


if __name__ == "__main__":
    main()
