"""How many spans a second one and two collectors make durable on PostgreSQL, and what they wait for (Linux).

    python -m tests.benchmarks.ingest_postgres [--spans 20480] [--runs 3] [--collectors 1 2]

It starts a server of its own, with a new database a run. CPU time a span is told of the collectors and of PostgreSQL
with all its processes. `waits`: of the looks into pg_stat_activity while a collector was in a transaction, how many
found it waiting for what; `Client/ClientRead` is PostgreSQL waiting for the collector.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url

from tests import servers
from tests.benchmarks.ingest import SHAPES, cpu_seconds, machine, send
from tests.benchmarks.load import Load
from tests.postgres_servers import own_server, url_of

_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_LOOK_S = 0.01
_WAITS = (
    "SELECT coalesce(wait_event_type || '/' || wait_event, 'running') FROM pg_stat_activity"
    " WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
)


@dataclass
class Measured:
    spans_s: float
    collector_us: float
    """CPU time a span."""
    postgres_us: float
    p99_ms: float
    waits: Counter[str]


@contextmanager
def new_database(server: Any) -> Iterator[str]:
    url, name = url_of(server), f"bench_{uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def measure(server: Any, bodies: Sequence[bytes], spans: int, connections: int, collectors: int) -> Measured:
    with ExitStack() as stack:
        url = stack.enter_context(new_database(server))
        running = [
            stack.enter_context(
                servers.collector(Path(stack.enter_context(tempfile.TemporaryDirectory())), MSGTRACE_DATABASE_URL=url)
            )
            for _ in range(collectors)
        ]
        for number, one in enumerate(running):
            send(
                one.url, [request.SerializeToString() for request in islice(Load(seed=100 + number).requests(50), 4)], 1
            )
        pids, postmaster = [one.process.pid for one in running], server.get_postmaster_info().pid
        pool = stack.enter_context(ThreadPoolExecutor(collectors + 1))
        done = Event()
        waits = pool.submit(look, url, done)
        ours, theirs, begun = sum(map(cpu_seconds, pids)), tree_seconds(postmaster), time.perf_counter()
        size = -(-len(bodies) // collectors)
        shares = [bodies[at * size : (at + 1) * size] for at in range(collectors)]  # a program sends to one of them
        sending = [
            pool.submit(send, one.url, share, connections // collectors)
            for one, share in zip(running, shares, strict=True)
        ]
        latencies = [seconds for found in sending for seconds in found.result()]
        seconds = time.perf_counter() - begun
        ours, theirs = sum(map(cpu_seconds, pids)) - ours, tree_seconds(postmaster) - theirs
        done.set()
        return Measured(
            spans / seconds,
            ours / spans * 1e6,
            theirs / spans * 1e6,
            statistics.quantiles(latencies, n=100)[98] * 1000,
            waits.result(),
        )


def look(url: str, done: Event) -> Counter[str]:
    engine, found = create_engine(url, isolation_level="AUTOCOMMIT"), Counter[str]()
    with engine.connect() as connection:
        while not done.wait(_LOOK_S):
            found.update(connection.exec_driver_sql(_WAITS).scalars())
    engine.dispose()
    return found


def tree_seconds(pid: int) -> float:
    """User and system time of a process, of its children, and of those of them that have ended."""
    total = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(path.parent.name) == pid:
            total += sum(map(int, fields[11:15]))
        elif int(fields[1]) == pid:
            total += sum(map(int, fields[11:13]))
    return total / _CLOCK_TICKS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=20_480)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--collectors", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}, median of {asked.runs} runs")
    with tempfile.TemporaryDirectory() as folder, own_server(Path(folder) / "postgres") as server:
        for size, connections in SHAPES:
            count = max(connections, asked.spans // size)
            bodies = [request.SerializeToString() for request in islice(Load().requests(size), count)]
            print(f"\n{size} spans a request, {connections} connections: {count * size} spans")
            found: dict[int, list[Measured]] = {number: [] for number in asked.collectors}
            for _ in range(asked.runs):
                for number, runs in found.items():
                    runs.append(measure(server, bodies, count * size, connections, number))
            for number, runs in found.items():
                _print(number, runs, found[asked.collectors[0]])


def _print(collectors: int, runs: Sequence[Measured], first: Sequence[Measured]) -> None:
    def median(name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in runs))

    ratio = statistics.median(run.spans_s / one.spans_s for run, one in zip(runs, first, strict=True))
    waits = sum((run.waits for run in runs), Counter[str]())
    looks = max(1, waits.total())
    told = ", ".join(f"{name} {100 * count / looks:.0f} %" for name, count in waits.most_common(8))
    print(
        f"{collectors} collectors {median('spans_s'):8,.0f} spans/s ({ratio:.2f} times), "
        f"CPU a span: collector {median('collector_us'):.1f} us, PostgreSQL {median('postgres_us'):.1f} us, "
        f"p99 {median('p99_ms'):.0f} ms\n  waits: {told}"
    )


if __name__ == "__main__":
    main()
