"""What a span of one very long trace costs beside a span of small traces, in the same run (Linux).

    python -m tests.benchmarks.longtrace [--spans 100000] [--postgres URL]

The long trace arrives as a run that goes on for hours does: in requests of 500 spans, one after the other, its root
last. Printed for each tenth of it, so that growth shows. Each side has a collector of its own over HTTP.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests import servers
from tests.benchmarks.ingest import cpu_seconds, machine, send
from tests.benchmarks.load import Load
from tests.collector.otlp_requests import request

SPANS_A_REQUEST = 500
PARTS = 10


def long_trace(spans: int) -> list[bytes]:
    """Requests that hold one trace: the spans of many small ones under one root, which ends last."""
    load, trace_id, root_id = Load(), b"\x01" * 16, b"\x02" * 8
    found: list[Span] = []
    while len(found) < spans:
        found += load.trace()
    for span in found:
        span.trace_id = trace_id
        span.parent_span_id = span.parent_span_id or root_id
    root = found.pop(0)
    root.span_id, root.parent_span_id = root_id, b""
    found = [*found[: spans - 1], root]
    parts = (found[at : at + SPANS_A_REQUEST] for at in range(0, len(found), SPANS_A_REQUEST))
    return [request(*part).SerializeToString() for part in parts]


def measure(bodies: Sequence[bytes], postgres: str | None) -> list[tuple[float, float]]:
    """For each part, CPU of the collector and seconds that passed, in microseconds a span."""
    found = []
    environment = {"MSGTRACE_DATABASE_URL": postgres} if postgres else {}
    with tempfile.TemporaryDirectory() as folder, servers.collector(Path(folder), **environment) as server:
        pid, size = server.process.pid, max(1, len(bodies) // PARTS)
        send(server.url, [next(Load(seed=0).requests(50)).SerializeToString()], 1)
        for at in range(0, len(bodies), size):
            part = bodies[at : at + size]
            begun, cpu_begun = time.perf_counter(), cpu_seconds(pid)
            send(server.url, part, 1)
            spans = len(part) * SPANS_A_REQUEST
            found.append(((cpu_seconds(pid) - cpu_begun) / spans * 1e6, (time.perf_counter() - begun) / spans * 1e6))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=100_000)
    parser.add_argument("--postgres", metavar="URL", help="an empty database, for the long trace")
    asked = parser.parse_args()
    print(f"{machine()}; {asked.spans} spans in requests of {SPANS_A_REQUEST}, one connection; microseconds a span")
    small = [r.SerializeToString() for r in islice(Load().requests(SPANS_A_REQUEST), asked.spans // SPANS_A_REQUEST)]
    ordinary = _mean(measure(small, None))
    print(f"small traces {ordinary[0]:8.1f} CPU {ordinary[1]:8.1f} wall")
    parts = measure(long_trace(asked.spans), asked.postgres)
    for number, (cpu_us, wall_us) in enumerate(parts, 1):
        print(f"part {number:<7} {cpu_us:8.1f} CPU {wall_us:8.1f} wall")
    whole = _mean(parts)
    print(
        f"one trace    {whole[0]:8.1f} CPU {whole[1]:8.1f} wall, "
        f"{whole[0] / ordinary[0]:.2f} and {whole[1] / ordinary[1]:.2f} times a span of small traces"
    )


def _mean(parts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return sum(cpu for cpu, _ in parts) / len(parts), sum(wall for _, wall in parts) / len(parts)


if __name__ == "__main__":
    main()
