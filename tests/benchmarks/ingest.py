"""How many spans a second a real collector makes durable, beside the floor for doing so, in the same run (Linux).

    python -m tests.benchmarks.ingest [--spans 20480] [--runs 3] [--postgres URL]

The floor: parse a request, walk it into tuples of ids and one JSON of attributes, one executemany a request into one
table of ten columns with its primary key and one index, WAL, synchronous=FULL; no HTTP. The collector: a process of its
own, over HTTP, everything on. Every trace has fresh text. With --postgres the collector writes to that database, which
has to be empty, and the stored bytes are not told. A busy machine changes spans a second more than CPU time.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from tests import servers
from tests.benchmarks.load import Load
from tests.benchmarks.normalize import floor

SHAPES = ((512, 4), (50, 16))
"""Spans a request, and connections."""
_COLUMNS = "trace_id, span_id, parent_span_id, name, start_ns, end_ns, status, attributes, project_id, received_ns"
SETTLED_S = 2.0
"""The first large request starts a process that reads the next ones."""
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    spans_s: float
    cpu_us: float
    """A span."""
    rss_mib: float = 0.0
    """The most there was."""
    p99_ms: float = 0.0
    """Of a request."""
    stored: float = 0.0
    """Bytes on disk for a byte that was sent."""


def measure_floor(bodies: Sequence[bytes], spans: int, folder: Path) -> Measured:
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"CREATE TABLE span ({_COLUMNS}, PRIMARY KEY (project_id, trace_id, span_id))")
    connection.execute("CREATE INDEX span_by_start ON span (project_id, start_ns)")
    insert = f"INSERT INTO span ({_COLUMNS}) VALUES ({', '.join('?' * 10)})"
    begun, cpu_begun = time.perf_counter(), time.process_time()
    for body in bodies:
        rows = [(*row, "default", time.time_ns()) for row in floor(body)]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, rows)
        connection.execute("COMMIT")
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu_begun
    connection.close()
    return Measured(spans / seconds, cpu_s / spans * 1e6)


def measure_collector(
    bodies: Sequence[bytes], spans: int, connections: int, folder: Path, postgres: str | None = None
) -> Measured:
    environment = {"MSGTRACE_DATABASE_URL": postgres} if postgres else {}
    with servers.collector(folder, **environment) as server:
        warm = [request.SerializeToString() for request in islice(Load(seed=0).requests(50), 4)]
        send(server.url, warm, 1)
        time.sleep(SETTLED_S)
        cpu_begun = cpu_seconds(server.process.pid)
        begun = time.perf_counter()
        latencies = send(server.url, bodies, connections)
        seconds = time.perf_counter() - begun
        cpu_s = cpu_seconds(server.process.pid) - cpu_begun
        rss_mib = peak_mib(server.process.pid)
    p99_ms = statistics.quantiles(latencies, n=100)[98] * 1000
    sent = sum(map(len, (*warm, *bodies)))
    stored = 0.0 if postgres else (folder / "msgtrace.db").stat().st_size / sent
    return Measured(spans / seconds, cpu_s / spans * 1e6, rss_mib, p99_ms, stored)


def send(url: str, bodies: Sequence[bytes], connections: int) -> list[float]:
    """The seconds each request took. Raises AssertionError for an answer other than 200."""
    with ThreadPoolExecutor(connections) as pool:
        shares = [bodies[at::connections] for at in range(connections)]
        return [seconds for found in pool.map(lambda share: _send_all(url, share), shares) for seconds in found]


def _send_all(url: str, bodies: Sequence[bytes]) -> list[float]:
    connection = HTTPConnection(urlsplit(url).netloc)
    seconds = []
    for body in bodies:
        begun = time.perf_counter()
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        said = answer.read()
        assert (answer.status, said) == (200, b""), (answer.status, said)
        seconds.append(time.perf_counter() - begun)
    connection.close()
    return seconds


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of those that it started."""
    return sum(_cpu_seconds(one) for one in (pid, *_children(pid)))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS


def peak_mib(pid: int) -> float:
    """Of a process and of those that it started, each at its peak."""
    statuses = [Path(f"/proc/{one}/status").read_text() for one in (pid, *_children(pid))]
    return sum(int(status.partition("VmHWM:")[2].split()[0]) for status in statuses) / 1024


def _children(pid: int) -> list[int]:
    """By whichever of its threads they were started."""
    return [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=20_480)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--postgres", metavar="URL")
    asked = parser.parse_args()
    print(f"{machine()}, median of {asked.runs} runs")
    for size, connections in SHAPES:
        count = max(connections, asked.spans // size)
        bodies = [request.SerializeToString() for request in islice(Load().requests(size), count)]
        spans, floors, runs = count * size, [], []
        for _ in range(asked.runs):
            with tempfile.TemporaryDirectory() as folder:
                floors.append(measure_floor(bodies, spans, Path(folder)))
                runs.append(measure_collector(bodies, spans, connections, Path(folder), asked.postgres))
        print(
            f"\n{size} spans a request, {connections} connections: {spans} spans of {len(bodies[0]) / size:.0f} bytes"
        )
        _print(floors, runs)


def _print(floors: Sequence[Measured], runs: Sequence[Measured]) -> None:
    def median(of: Sequence[Measured], name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in of))

    ratio = statistics.median(run.spans_s / least.spans_s for least, run in zip(floors, runs, strict=True))
    print(f"floor      {median(floors, 'spans_s'):9,.0f} spans/s {median(floors, 'cpu_us'):6.1f} us CPU a span")
    print(
        f"collector  {median(runs, 'spans_s'):9,.0f} spans/s {median(runs, 'cpu_us'):6.1f} us CPU a span "
        f"{ratio:5.2f} of the floor, p99 {median(runs, 'p99_ms'):.0f} ms, RSS {median(runs, 'rss_mib'):.0f} MiB, "
        f"{median(runs, 'stored'):.2f} bytes stored a byte sent"
    )


if __name__ == "__main__":
    main()
