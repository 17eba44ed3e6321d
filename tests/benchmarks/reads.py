"""What the pages ask of a large database: every page's default view, each single filter and each sort, warm.

    python -m tests.benchmarks.reads DATABASE_FILE_OR_URL [--runs 5] [--days 30]

The database is what `python -m tests.benchmarks.big_database FILE --spans` makes, or for PostgreSQL `big_postgres`.
Each question is asked once before it is timed. Printed, the busiest first: median and slowest of the runs in
milliseconds, and the median of the CPU time, which a busy machine changes less (without that of a PostgreSQL); at the
end how many pass 50 ms.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from collector.errors import MsgtraceError
from collector.query import parse
from collector.store.engine import open_reader
from collector.store.filters import TRACE
from collector.store.models import Span
from collector.store.reads import agents, calls, errors, facets, freshness, overview, sessions, trace_order, traces
from collector.store.records import Period, Scope, TraceFilter

SCOPE = Scope(("default",))
DAY_NS = 86_400 * 10**9
TARGET_MS = 50
FILTERS = (
    *("outcome:failed", "outcome:recovered", "workflow:rag.query", "service:insights", "env:staging", "version:43"),
    *("model:gpt-5-mini", "tool:search", "agent:researcher", "kind:tool", "provider:anthropic", "has:exception"),
    *("cost>0.5", "duration>30s", "tokens>100k", "span(kind:tool returned:error)", "-service:insights"),
)


class Question(NamedTuple):
    name: str
    ask: Callable[[Engine], object]


def questions(end_ns: int, days: int) -> Iterator[Question]:
    day, period = Period(end_ns - DAY_NS, end_ns), Period(end_ns - days * DAY_NS, end_ns)
    yield Question("freshness", partial(freshness.get_freshness, scope=SCOPE))
    for name, wanted in (("24 h", day), (f"{days} d", period)):
        yield Question(f"Home, {name}", partial(overview.get_overview, scope=SCOPE, period=wanted))
        yield Question(f"Errors, {name}", partial(errors.list_error_groups, scope=SCOPE, period=wanted))
        yield Question(f"Agents & tools, {name}", partial(agents.get_agent_report, scope=SCOPE, period=wanted))
    yield from lists(TraceFilter(period=period))
    for text in FILTERS:
        filtered = TraceFilter(period=period, query=parse(text))
        yield Question(f"Traces, {text}", partial(traces.list_traces, scope=SCOPE, wanted=filtered))
        yield Question(f"Traces, counts of {text}", partial(traces.count_traces, scope=SCOPE, wanted=filtered))


def lists(everything: TraceFilter) -> Iterator[Question]:
    yield Question("Traces, counts", partial(traces.count_traces, scope=SCOPE, wanted=everything))
    for sort in trace_order.SORTS:
        ask = partial(traces.list_traces, scope=SCOPE, wanted=everything, sort=f"-{sort}")
        yield Question(f"Traces, by {sort}", ask)
    for field in facets.FACETS:
        ask_facet = partial(facets.list_facet, scope=SCOPE, wanted=everything, field=field)
        yield Question(f"Traces, facet {field}", ask_facet)
    for kind in ("llm", "tool"):
        ask_count = partial(calls.count_calls, scope=SCOPE, wanted=everything, kind=kind)
        yield Question(f"{kind} calls, counts", ask_count)
        for sort in calls.SORTS:
            ask_calls = partial(calls.list_calls, scope=SCOPE, wanted=everything, kind=kind, sort=f"-{sort}")
            yield Question(f"{kind} calls, by {sort}", ask_calls)
    yield Question("Sessions", partial(sessions.list_sessions, scope=SCOPE, wanted=everything))
    yield Question("Users", partial(sessions.list_users, scope=SCOPE, wanted=everything))


def timed(question: Question, engine: Engine, runs: int) -> tuple[list[float], list[float]] | None:
    """Milliseconds of each run, and of CPU; None for a question that was refused or met its deadline."""
    took, worked = [], []
    try:
        for _ in range(runs + 1):
            began, cpu_began = time.perf_counter(), time.process_time()
            question.ask(engine)
            took.append(1000 * (time.perf_counter() - began))
            worked.append(1000 * (time.process_time() - cpu_began))
    except MsgtraceError as error:
        print(f"  {question.name:<44} {error}")
        return None
    return took[1:], worked[1:]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("database")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--days", type=int, default=30)
    given = options.parse_args()
    engine = open_reader(given.database if "://" in given.database else f"sqlite:///{given.database}")
    with engine.connect() as connection:  # without a deadline
        spans = connection.execute(select(func.count()).select_from(Span)).scalar_one()
        newest_ns = connection.execute(select(func.max(TRACE.c.start_ns))).scalar_one()
    load = f"load {os.getloadavg()[0]:.1f}"
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {load}, {spans:,} spans")
    found = [(q.name, times) for q in questions(newest_ns + 1, given.days) if (times := timed(q, engine, given.runs))]
    for name, (times, cpu) in sorted(found, key=lambda one: -statistics.median(one[1][1])):
        median, worked = statistics.median(times), statistics.median(cpu)
        print(f"  {name:<44} {median:8.1f} ms   slowest {max(times):8.1f}   CPU {worked:8.1f}")
    slow, busy = (sum(statistics.median(times[at]) > TARGET_MS for _, times in found) for at in (0, 1))
    print(f"{len(found)} questions, {slow} above {TARGET_MS} ms, by CPU time {busy}; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
