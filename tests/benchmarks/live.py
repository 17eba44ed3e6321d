"""What live pages give and cost, beside the same with streamlit-autorefresh.

    python -m tests.benchmarks.live [--posts 50] [--viewers 40] [--spans-per-s 200] [--seconds 30]
    python -m tests.benchmarks.live --quick

Printed: from POST to the changed line on an open Home page in Chromium, sent to the dashboard's port and through the
sidecar; the CPU of a server with one idle page; then, with many viewers under load, from the tick to the first line
of the redrawn page, and how long a POST takes then and without viewers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import shutil
import statistics
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.viewer import Viewer
from tests.collector.otlp_requests import SECOND_NS, body, proto_span
from tests.servers import Server, collector, uvicorn_dashboard

STREAM = "**/api/v1/stream*"
SPANS_A_POST = 10
NOTE_THE_LINE = """() => new MutationObserver(() => {
    const line = document.querySelector(".st-key-content [data-testid=stMarkdown]")
    if (window.wanted && !window.seenAt && line?.textContent.includes(window.wanted))
        window.seenAt = performance.timeOrigin + performance.now()
}).observe(document.body, { subtree: true, childList: true, characterData: true })"""


@dataclass(frozen=True)
class Load:
    viewers: int
    spans_per_s: int
    seconds: float


def run_of_now(number: int, spans: int = 1) -> bytes:
    """One run that has just ended, as OTLP."""
    now_ns = time.time_ns()
    times = {"start_time_unix_nano": now_ns - 2 * SECOND_NS, "end_time_unix_nano": now_ns - SECOND_NS}
    trace: list[Span] = [proto_span(n + 1, trace_id=number.to_bytes(16, "big"), **times) for n in range(spans)]
    return body(*trace)


def post(url: str, content: bytes) -> float:
    """Seconds until it was stored; who is told to come back does so, like any exporter."""
    begun = time.perf_counter()
    sent = urllib.request.Request(f"{url}/v1/traces", content, {"Content-Type": "application/x-protobuf"})
    while True:
        try:
            with urllib.request.urlopen(sent, timeout=60):
                return time.perf_counter() - begun
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            time.sleep(1)


def cpu_s(server: Server) -> float:
    """CPU seconds of the process so far."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def said(label: str, seconds: Sequence[float], share: float) -> None:
    values = [statistics.median(seconds), quantile(seconds, share)]
    p50, high = (f"{1000 * value:7.0f} ms" for value in values)
    print(f"  {label:<46} p50 {p50}   p{100 * share:.0f} {high}   n {len(seconds)}")


@contextmanager
def open_home(browser: Browser, server: Server, *, polls: bool) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        if polls:
            page.route(STREAM, lambda route: route.abort())
        page.goto(server.url)
        page.get_by_text("1 run", exact=False).first.wait_for(timeout=60_000)
        page.get_by_role("button", name="Live, every" if polls else "Live").first.wait_for(timeout=60_000)
        page.evaluate(NOTE_THE_LINE)
        page.wait_for_timeout(3_000)
        yield page


def post_to_dom(page: Page, url: str, numbers: Iterator[int], posts: int) -> list[float]:
    """Seconds from before the POST until the line has changed. At random moments, so that no clock is met in step."""
    found = []
    for _ in range(posts):
        number = next(numbers)
        page.evaluate(f"window.seenAt = 0; window.wanted = '{number} runs'")
        begun = time.time()
        post(url, run_of_now(number))
        page.wait_for_function("window.seenAt", polling=20, timeout=60_000)
        found.append(page.evaluate("window.seenAt") / 1000 - begun)
        page.wait_for_timeout(random.uniform(500, 1_500))
    return found


def idle_ms_per_s(page: Page, server: Server, seconds: float) -> float:
    page.wait_for_timeout(2_000)
    before = cpu_s(server)
    page.wait_for_timeout(1_000 * seconds)
    return 1000 * (cpu_s(server) - before) / seconds


def compare_pages(browser: Browser, folder: Path, posts: int, idle_s: float) -> None:
    with uvicorn_dashboard(folder) as dashboard, collector(folder) as sidecar:
        post(dashboard.url, run_of_now(1))
        numbers = iter(range(2, 1_000_000))
        for name, polls in (("stream", False), ("streamlit-autorefresh", True)):
            print(f"{name}, one Home page")
            with open_home(browser, dashboard, polls=polls) as page:
                said("POST to the dashboard's port, to DOM", post_to_dom(page, dashboard.url, numbers, posts), 0.95)
                said("POST to the sidecar, to DOM", post_to_dom(page, sidecar.url, numbers, posts), 0.95)
                print(f"  idle: {idle_ms_per_s(page, dashboard, idle_s):.1f} ms of server CPU a second")


def keep_posting(url: str, spans_per_s: int, seconds: float) -> list[float]:
    """How long each POST took, on a schedule that slow answers do not stretch; those of the first second don't count.

    After a calm, the first tick meets cold threads and pages: POSTs of its first third of a second take up to 50 ms.
    """
    gap_s = SPANS_A_POST / spans_per_s
    begun, took = time.perf_counter(), []
    first = random.getrandbits(60)
    for number in range(int(seconds / gap_s)):
        time.sleep(max(0.0, begun + number * gap_s - time.perf_counter()))
        took.append(post(url, run_of_now(first + number, SPANS_A_POST)))
    return took[round(1 / gap_s) :]


async def watch(viewers: Sequence[Viewer], everybody_in: Event, enough: Event) -> None:
    """Ends with a fault if the server lets a viewer down."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = []
            for viewer in viewers:
                opened = asyncio.Event()
                tasks.append(group.create_task(viewer.watch(opened)))
                await opened.wait()
            everybody_in.set()
            await asyncio.to_thread(enough.wait)
            for task in tasks:
                task.cancel()
    finally:
        everybody_in.set()


@contextmanager
def watched(server: Server, count: int, *, polls: bool) -> Iterator[list[Viewer]]:
    viewers = [Viewer(server.url, polls=polls) for _ in range(count)]
    everybody_in, enough = Event(), Event()
    watching = Thread(target=lambda: asyncio.run(watch(viewers, everybody_in, enough)))
    watching.start()
    everybody_in.wait()
    try:
        yield viewers
    finally:
        enough.set()
        watching.join()


def compare_crowds(folder: Path, load: Load) -> None:
    print(f"{load.viewers} Home pages, {load.spans_per_s} spans/s to the dashboard's port")
    for name, polls in (("stream", False), ("streamlit-autorefresh", True)):
        place = folder / name
        place.mkdir()
        with uvicorn_dashboard(place) as dashboard:
            post(dashboard.url, run_of_now(1))
            alone = keep_posting(dashboard.url, load.spans_per_s, load.seconds)
            with watched(dashboard, load.viewers, polls=polls) as viewers:
                before = cpu_s(dashboard)
                crowded = keep_posting(dashboard.url, load.spans_per_s, load.seconds)
                busy = (cpu_s(dashboard) - before) / load.seconds
            print(f"{name}")
            said("POST without pages", alone, 0.99)
            said("POST with pages", crowded, 0.99)
            said("tick to the first line of the page", [d for viewer in viewers for d in viewer.delays_s], 0.95)
            print(f"  the server was busy {busy:.0%} of a core")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--posts", type=int, default=50)
    options.add_argument("--viewers", type=int, default=40)
    options.add_argument("--spans-per-s", type=int, default=200)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--only", choices=["page", "crowd"])
    options.add_argument("--quick", action="store_true", help="10 posts, 8 viewers, 8 seconds")
    given = options.parse_args()
    posts, viewers, seconds = (10, 8, 8.0) if given.quick else (given.posts, given.viewers, given.seconds)
    load = f"load {os.getloadavg()[0]:.1f} before it began"
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {load}")
    if given.only != "crowd":
        with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
            path = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            compare_pages(browser, Path(name), posts, seconds)
            browser.close()
    if given.only != "page":
        with tempfile.TemporaryDirectory() as name:
            compare_crowds(Path(name), Load(viewers, given.spans_per_s, seconds))


if __name__ == "__main__":
    main()
