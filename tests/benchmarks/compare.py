"""How long two traces of 5,000 spans take to compare, beside Streamlit's own hello-world in the same run.

    python -m tests.benchmarks.compare [--runs 5] [--spans 5000]

Both servers are warm; each run compares a pair that has not been compared before. Printed: medians of the time from the
click on one of the runs to the verdict, to the rows of the aligned tree and to the last chart, in seconds and as a
ratio to hello-world's text; of the analysis alone; and the milliseconds from a click on a row to what its span said.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
import urllib.request
from pathlib import Path
from random import Random

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from playwright.sync_api import Page, sync_playwright

from collector.analysis.comparison import align_spans, compare
from collector.demo.spans import encode_attributes
from collector.store.engine import open_reader
from collector.store.reads.spans import list_spans
from collector.store.records import Scope
from tests.benchmarks.trace_page import appearing, hello_world, opening
from tests.servers import Server, uvicorn_dashboard

MARKS = (".st-key-verdict_words", ".st-key-aligned_tree [role=treeitem]", ".st-key-panel_bridge_cost .marks")
CLICKS = 6
ROW_PX = 26
WATCH = """() => {
  window.clicked = window.changed = null
  const said = () => document.querySelector('.st-key-said')?.innerText
  const before = said()
  document.addEventListener('click', () => { window.clicked = performance.now() }, { capture: true, once: true })
  const look = () => {
    if (window.clicked && said() && said() !== before) window.changed = performance.now()
    else requestAnimationFrame(look)
  }
  look()
}"""
SPANS_A_REQUEST = 500


def trace_id(number: int) -> str:
    return f"{number + 1:08x}" + "c0ffee" * 4


def spans_of(number: int, size: int, now_ns: int) -> list[Span]:
    """Agents that each ask a model and call tools in turn; a few steps differ from trace to trace."""
    random = Random(number)
    ids = bytes.fromhex(trace_id(number))
    start_ns = now_ns - (number + 1) * 3600 * 10**9
    spans = [_span(ids, 1, 0, "long.run", start_ns, start_ns + size * 10**7, {"workflow.name": "long.run"})]
    agent = 1
    while len(spans) < size:
        place = len(spans) + 1
        at_ns = start_ns + len(spans) * 10**7
        if place % 50 == 2:
            agent = place
            named = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "worker"}
            spans.append(_span(ids, place, 1, "worker", at_ns, at_ns + 49 * 10**7, named))
        else:
            spans.append(_call(ids, place, agent, at_ns, random))
    return spans


def _call(ids: bytes, place: int, agent: int, at_ns: int, random: Random) -> Span:
    said = " ".join(random.choices(("refund", "parcel", "order", "lid", "juice", "photo", "card"), k=150))
    end_ns = at_ns + random.randrange(10**6, 10**7)
    if place % 3:
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": f"tool{place % 4}"}
        attributes |= {"gen_ai.tool.call.arguments": json.dumps({"query": said[:200]})}
        name = "revise" if random.random() < 0.02 else f"tool{place % 4}"
        return _span(ids, place, agent, name, at_ns, end_ns, attributes)
    messages = json.dumps([{"role": "user", "parts": [{"type": "text", "content": said}]}])
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.input.messages": messages}
    used = {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": random.randrange(50, 200)}
    return _span(ids, place, agent, "chat", at_ns, end_ns, attributes | {"gen_ai.request.model": "gpt-5"} | used)


def _span(
    ids: bytes, place: int, parent: int, name: str, start_ns: int, end_ns: int, attributes: dict[str, str | int]
) -> Span:
    return Span(
        trace_id=ids,
        span_id=(int.from_bytes(ids[:4], "big") * 100_000 + place).to_bytes(8, "big"),
        parent_span_id=(int.from_bytes(ids[:4], "big") * 100_000 + parent).to_bytes(8, "big") if parent else b"",
        name=name,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=end_ns,
        attributes=encode_attributes(attributes),
    )


def post(server: Server, spans: list[Span]) -> None:
    for at in range(0, len(spans), SPANS_A_REQUEST):
        request = ExportTraceServiceRequest()
        request.resource_spans.add().scope_spans.add().spans.extend(spans[at : at + SPANS_A_REQUEST])
        headers = {"Content-Type": "application/x-protobuf"}
        sent = urllib.request.Request(f"{server.url}/v1/traces", request.SerializeToString(), headers, method="POST")
        urllib.request.urlopen(sent, timeout=30).close()


def measure(page: Page, server: Server, number: int) -> list[float]:
    """Seconds from the click on a run until each of the marks is there."""
    page.goto(f"{server.url}/compare")
    link = page.get_by_role("link", name=trace_id(number)[:8])
    link.wait_for(timeout=60_000)
    page.wait_for_timeout(1_000)
    begun = time.perf_counter()
    link.click()
    return appearing(page, begun, MARKS)


def clicking(page: Page) -> list[float]:
    """Milliseconds from each of a few clicks on rows of the open comparison to what the chosen span said."""
    rows = page.locator(".st-key-aligned_tree .rows").bounding_box()
    assert rows is not None
    times: list[float] = []
    for number in range(CLICKS):
        page.evaluate(WATCH)
        page.mouse.click(rows["x"] + 160, rows["y"] + (number + 4.5) * ROW_PX)
        page.wait_for_function("window.changed")
        times.append(page.evaluate("window.changed - window.clicked"))
        page.wait_for_timeout(500)
    return sorted(times)


def analysis_s(database: Path) -> float:
    engine = open_reader(f"sqlite:///{database}")
    a, b = (list_spans(engine, Scope(("default",)), trace_id(number)) for number in (1, 0))
    begun = time.perf_counter()
    compare(align_spans(a, b))
    return time.perf_counter() - begun


def report(times: list[list[float]], clicks: list[float], alone: float) -> None:
    plain, *others = (statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {len(times)} runs, medians"
    )
    print(f"analysis alone       {alone:5.2f} s\nhello-world text     {plain:5.2f} s")
    for what, seconds in zip(("verdict", "aligned rows", "last chart"), others, strict=True):
        print(f"{what:20} {seconds:5.2f} s  {seconds / plain:4.2f} x")
    print(f"click to what is said {statistics.median(clicks):4.0f} ms, slowest of {CLICKS} {clicks[-1]:.0f} ms")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--spans", type=int, default=5000)
    given = options.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        uvicorn_dashboard(Path(name)) as server,
        hello_world(Path(name)) as hello,
        sync_playwright() as playwright,
    ):
        now_ns = time.time_ns()
        for number in range(given.runs + 2):
            post(server, spans_of(number, given.spans, now_ns))
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page, times = context.new_page(), []
        for number in range(given.runs + 1):  # the first only warms the caches
            plain = opening(context, hello.url, ("text=hello world",))
            times.append([*plain, *measure(page, server, number)])
        page.wait_for_timeout(1_000)
        clicks = clicking(page)
        browser.close()
        report(times[1:], clicks, analysis_s(Path(name) / "msgtrace.db"))


if __name__ == "__main__":
    main()
