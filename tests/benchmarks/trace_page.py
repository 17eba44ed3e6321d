"""How long a 2,000-span trace takes to appear, beside Streamlit's own hello-world in the same run.

    python -m tests.benchmarks.trace_page [--runs 5]

Both servers are warm and so is the browser's cache. Printed: medians of the time from the start of the navigation to
the header (the last card's label) and to the drawn timeline, in seconds and as a ratio to hello-world's text.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from collector.demo.generate import TWO_THOUSAND_TRACE_ID, generate
from collector.demo.send import send
from tests.servers import Server, free_port, running, uvicorn_dashboard

HELLO = "import streamlit as st\nst.write('hello world')\n"
HEADER = "Waiting on models"
TIMELINE = ".st-key-timeline_chart .marks"


def measure(context: BrowserContext, url: str, marks: tuple[str, ...]) -> list[float]:
    """Seconds from the start of the navigation until each of the marks is visible."""
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(url, wait_until="commit")
    seconds = []
    for mark in marks:
        page.locator(mark).first.wait_for(timeout=60_000)
        seconds.append(time.perf_counter() - begun)
    page.close()
    return seconds


def compare(hello: Server, dashboard: Server, runs: int) -> None:
    """Alternates the two, so that a busy moment of the machine falls on both."""
    trace_url = f"{dashboard.url}/trace?trace={TWO_THOUSAND_TRACE_ID}"
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        times: list[list[float]] = []
        for run in range(runs + 1):
            [plain] = measure(context, hello.url, ("text=hello world",))
            header, timeline = measure(context, trace_url, (f"text={HEADER}", TIMELINE))
            if run:  # the first only warms the caches
                times.append([plain, header, timeline])
        browser.close()
    plain, header, timeline = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {runs} runs, medians")
    print(f"hello-world text    {plain:5.2f} s")
    print(f"trace: header       {header:5.2f} s  {header / plain:4.2f} x")
    print(f"trace: timeline     {timeline:5.2f} s  {timeline / plain:4.2f} x")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "hello.py"
        script.write_text(f"import streamlit as st\napp = st.App({str(folder / 'page.py')!r})\n")
        (folder / "page.py").write_text(HELLO)
        port = free_port()
        command = ["-m", "uvicorn", "hello:app", "--app-dir", name, "--port", str(port)]
        with (
            uvicorn_dashboard(folder) as dashboard,
            running(command, port, folder / "hello.log", ready="/_stcore/health") as hello,
        ):
            requests = generate(time.time_ns(), days=3)
            send(requests, dashboard.url, api_key=None, progress=lambda _done, _all: None)
            compare(hello, dashboard, given.runs)


if __name__ == "__main__":
    main()
