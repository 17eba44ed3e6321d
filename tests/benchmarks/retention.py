"""What a round of retention costs those who write meanwhile (SQLite, Linux).

    python -m tests.benchmarks.retention [--spans 1000000] [--folder FOLDER]

Half of the spans are older than traces are kept, the others older than content is. `msgtrace prune` removes them while
requests of 50 spans come to a real collector ten times a second, beside as many with nothing else going on. Told: how
long the write lock was held, the p99 of a request with and without, what the file came to, and whether every cost
report is the same as before.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlsplit

from sqlalchemy import Engine

from collector.config import Settings
from collector.ingest import prepare
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.filters import TRACE, USAGE
from collector.store.models import Span, SpanPayload
from collector.store.reads.costs import get_costs
from collector.store.records import Period, Scope
from collector.store.records.costs import LEDGER_DIMENSIONS, TAG, CostQuestion, Costs
from collector.store.retention import DAY_NS, used_bytes
from collector.store.rolling import roll_sums
from collector.store.rollup import roll_hours
from collector.store.schema import migrate
from tests import servers
from tests.benchmarks.big_database import copy
from tests.benchmarks.ingest import machine
from tests.benchmarks.load import Load

SEED_SPANS = 12_000
SPANS_A_REQUEST = 50
EVERY_S = 0.1
BASELINE_S = 30.0
_TIMES = ("start_ns", "end_ns", "received_ns", "quarter_ns")
_HOLD_MS, _TIMES_P99 = 300, 2


def build(engine: Engine, spans: int) -> None:
    """The seed is of today and stays; its copies are older than a month, each second one than three."""
    migrate(engine)
    for request in islice(Load(seed=7).requests(600), SEED_SPANS // 600):
        body = request.SerializeToString()
        commit(engine, [prepare(body, "protobuf", project_id="default", max_spans=1_000).batch])
    with engine.begin() as connection:
        for table in (USAGE, TRACE, Span.__table__, SpanPayload.__table__):  # type: ignore[attr-defined]
            copy(connection, table, spans // SEED_SPANS + 1, _aged)
        connection.exec_driver_sql("ANALYZE")
    for roll in (roll_hours, roll_sums):  # as a collector did before
        roll(engine, Scope(("default",)), time.time_ns())


def _aged(name: str) -> str:
    if name == "trace_id":
        return "substr(trace_id, 5) || printf('%04x', :n)"
    return f"{name} - (:n % 2 * 59 + 32 + :n % 9) * {DAY_NS}" if name in _TIMES else name


def reports(reader: Engine) -> list[Costs]:
    """By every dimension, of all that was there before."""
    today = time.time_ns() // DAY_NS * DAY_NS
    now, before = Period(today - 95 * DAY_NS, today - 20 * DAY_NS), Period(today - 170 * DAY_NS, today - 95 * DAY_NS)
    asked = [CostQuestion(by=(name,), now=now, before=before) for name in (*LEDGER_DIMENSIONS, TAG)]
    return [get_costs(reader, Scope(("default",)), question) for question in asked]


class Taken(list[float]):
    """Seconds of each request until it was answered with 200."""

    refused = 0
    """Answers of 503, after which a request was sent again."""


@contextmanager
def posting(url: str) -> Iterator[Taken]:
    """A request begun every EVERY_S, until the block ends."""
    taken = Taken()
    stopping = Event()

    def post() -> None:
        connection = HTTPConnection(urlsplit(url).netloc)
        due = time.monotonic()
        for request in Load(seed=time.time_ns()).requests(SPANS_A_REQUEST):
            body = request.SerializeToString()
            if stopping.wait(max(0.0, due - time.monotonic())):
                return
            begun = time.perf_counter()
            while _post(connection, body) == 503:
                taken.refused += 1
            taken.append(time.perf_counter() - begun)
            due = max(due + EVERY_S, time.monotonic() - EVERY_S)

    thread = Thread(target=post)
    thread.start()
    try:
        yield taken
    finally:
        stopping.set()
        thread.join()


def _post(connection: HTTPConnection, body: bytes) -> int:
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status in (200, 503), answer.status
    return answer.status


def p99_ms(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98] * 1_000


def measure(folder: Path, spans: int) -> None:
    url = f"sqlite:///{folder / 'msgtrace.db'}"
    engine, reader = open_writer(Settings(database_url=url).sqlalchemy_url), open_reader(url)
    begun = time.monotonic()
    build(engine, spans)
    with engine.connect() as connection:
        built, used = connection.exec_driver_sql("SELECT count(*) FROM span").scalar_one(), used_bytes(connection)
        connection.rollback()
    print(f"{built:,} spans in {used / 2**20:,.0f} MiB, built in {time.monotonic() - begun:.0f} s")
    before = reports(reader)
    with servers.collector(folder, MSGTRACE_KEEP_CONTENT_DAYS="0", MSGTRACE_KEEP_TRACES_DAYS="0") as server:
        with posting(server.url) as alone:
            time.sleep(BASELINE_S)
        with posting(server.url) as beside:
            begun = time.monotonic()
            said = _prune(url)
            seconds = time.monotonic() - begun
    assert before == reports(reader), "a cost report changed"
    print("cost reports: identical by every dimension")
    with engine.connect() as connection:
        left, pages = used_bytes(connection), (folder / "msgtrace.db").stat().st_size
        connection.rollback()
    hold_ms = float(re.search(r"waited ([\d,]+) ms", said)[1].replace(",", ""))  # type: ignore[index]
    ratio = p99_ms(beside) / p99_ms(alone)
    print(said.strip())
    print(f"round       {seconds:6.0f} s, {built / seconds:,.0f} spans/s")
    print(f"worst hold  {hold_ms:6.0f} ms  (at most {_HOLD_MS})")
    for name, taken in (("alone", alone), ("beside", beside)):
        told = f"of {len(taken)} requests, worst {max(taken) * 1e3:.0f} ms, {taken.refused} refused"
        print(f"p99 {name:7} {p99_ms(taken):6.0f} ms {told}")
    print(f"            {ratio:6.1f} times as much  (at most {_TIMES_P99})")
    print(f"file        {used / 2**20:,.0f} MiB before, {left / 2**20:,.0f} MiB in use of {pages / 2**20:,.0f} now")


def _prune(url: str) -> str:
    command = [sys.executable, "-m", "collector.cli", "prune"]
    environment = servers.clean_environment(MSGTRACE_DATABASE_URL=url)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--folder", help="Where there is room for it; else a temporary one.")
    asked = parser.parse_args()
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        measure(Path(folder), asked.spans)


if __name__ == "__main__":
    main()
