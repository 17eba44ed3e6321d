"""What full-text search costs and gives on SQLite: CPU of the fill, bytes of the index, and the time of queries.

    python -m tests.benchmarks.search [--spans 60000] [--runs 5] [--folder PATH]

The load is that of `ingest`, with fresh text in every trace. Spans are stored through the writer's own commit, in large
batches and without waiting for the disk; the index is filled in one go afterwards. With --folder the database is kept
there, and one that is there already is only asked. A busy machine changes times more than CPU time.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, event

from collector.ingest import prepare
from collector.query import parse
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.reads.calls import count_calls, list_calls
from collector.store.reads.traces import count_traces, list_traces
from collector.store.records import Scope, TraceFilter
from collector.store.schema import migrate
from collector.store.search_fill import fill_search
from tests.benchmarks.ingest import machine
from tests.benchmarks.load import Load

SCOPE = Scope(("default",))
SPANS_A_COMMIT = 3_000
MOST_MS = 300
Fact = tuple[str, float]


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def build(path: Path, spans: int) -> int:
    """Stores so many spans; returns the bytes they were sent as."""
    engine = open_writer(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous = OFF"))
    migrate(engine)
    sent = 0
    requests = Load().requests(SPANS_A_COMMIT)
    for _ in range(max(1, spans // SPANS_A_COMMIT)):
        body = next(requests).SerializeToString()
        sent += len(body)
        prepared = prepare(body, "protobuf", project_id="default", max_spans=SPANS_A_COMMIT)
        commit(engine, [prepared.batch])
    engine.dispose()
    return sent


def fill(path: Path) -> None:
    """Prints what it took."""
    writer, reader = open_writer(f"sqlite:///{path}"), open_reader(f"sqlite:///{path}")
    held: list[float] = []
    begun_at: list[float] = []
    event.listen(writer, "begin", lambda _: begun_at.append(time.monotonic()))
    event.listen(writer, "checkin", lambda *_: held.append(time.monotonic() - begun_at[-1]))  # behind the commit
    begun, cpu_begun = time.perf_counter(), cpu_s()
    spans = fill_search(writer, reader, lambda _seconds: False)
    if spans:
        seconds, cpu = time.perf_counter() - begun, cpu_s() - cpu_begun
        print(
            f"fill        {cpu / spans * 1e6:5.1f} us CPU a span (goal 30), {spans / seconds:,.0f} spans/s,"
            f" write lock held {max(held) * 1e3:.0f} ms at most (limit 300), {len(held)} transactions"
        )
    for engine in (reader, writer):  # the writer last: it folds the write-ahead log in
        engine.dispose()


def print_sizes(path: Path, sent: int) -> None:
    with sqlite3.connect(path) as connection:
        try:
            rows = connection.execute(
                "SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE '%search%' GROUP BY name ORDER BY 2 DESC"
            ).fetchall()
        except sqlite3.OperationalError:
            print("bytes       this SQLite can't tell them by table (no dbstat)")
            return
    for name, size in rows:
        print(f"bytes       {name:<34}{size:>14,}{size / sent:8.4f} of what was sent")
    total = sum(size for _, size in rows)
    print(f"bytes       {'all of the search index':<34}{total:>14,}{total / sent:8.4f} (goal 0.12)")


def print_queries(path: Path, runs: int) -> None:
    engine = open_reader(f"sqlite:///{path}")
    some = Load()._words
    words = {
        "a common word": some[0],
        "a rare word": "unheardof",
        "a beginning": f"{some[1][:3]}*",
        "two words": f"{some[2]} {some[3]}",
        "a phrase": f'"{some[2]} {some[3]}"',
        "not a word": f"-{some[0]}",
        "with a field": f"{some[0]} outcome:ok workflow:support",
    }
    for name, query in words.items():
        wanted = TraceFilter(query=parse(query))
        asked: dict[str, Callable[[Engine], object]] = {
            "traces": lambda engine, wanted=wanted: list_traces(engine, SCOPE, wanted),  # type: ignore[misc]
            "counted": lambda engine, wanted=wanted: count_traces(engine, SCOPE, wanted),  # type: ignore[misc]
            "llm calls": lambda engine, wanted=wanted: list_calls(engine, SCOPE, wanted, "llm"),  # type: ignore[misc]
            "calls counted": lambda engine, wanted=wanted: count_calls(engine, SCOPE, wanted, "llm"),  # type: ignore[misc]
        }
        times = {what: median_ms(lambda ask=ask: ask(engine), runs) for what, ask in asked.items()}  # type: ignore[misc]
        print(f"query       {name:<14}" + "".join(f"{what:>16} {ms:7.1f} ms" for what, ms in times.items()))
    engine.dispose()


def median_ms(ask: Callable[[], object], runs: int) -> float:
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        try:
            ask()
        except Exception as error:  # a benchmark tells what went wrong and goes on
            print(f"            {type(error).__name__}: {error}")
            return float("nan")
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=60_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    print(f"{machine()}, SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}, {given.runs} runs, medians")
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        path, told = folder / "search.db", folder / "search.sent"
        if not told.exists():
            folder.mkdir(parents=True, exist_ok=True)
            told.write_text(str(build(path, given.spans)))
        fill(path)
        print_sizes(path, int(told.read_text()))
        print_queries(path, given.runs)
        print(f"goal        {MOST_MS} ms a query at a million spans")


if __name__ == "__main__":
    main()
