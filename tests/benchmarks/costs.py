"""Costs over a month of a million spans: what each group-by and each filter takes the store, and a floor.

    python -m tests.benchmarks.big_database /tmp/big.db
    python -m tests.benchmarks.costs /tmp/big.db [rounds]

Every figure is a whole answer: cells of both months, totals, runs, steps and the month's forecast. The floor is one sum
over the ledger's month, in the same run: a busy machine shows in it.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import func, select

from app.cost_report import DIMENSIONS, CostReport
from collector.store.engine import open_reader, snapshot
from collector.store.filters import USAGE
from collector.store.reads.costs import get_costs, list_values
from collector.store.reads.dear_runs import list_dear_runs
from collector.store.reads.ledger import within
from collector.store.records import Scope
from collector.store.records.costs import CostFilter

SCOPE = Scope(("default",))


def measure(name: str, ask: Callable[[], object], rounds: int) -> float:
    """Prints and returns the median in milliseconds, after a first round that warms up."""
    ask()
    took: list[float] = []
    for _ in range(rounds):
        began_s = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began_s) * 1_000)
    p95 = sorted(took)[min(len(took) - 1, round(0.95 * len(took)))]
    print(f"{name:<28} median {statistics.median(took):7.1f} ms   p95 {p95:7.1f} ms", flush=True)
    return statistics.median(took)


def main(path: str, rounds: int) -> None:
    engine, now_ns = open_reader(f"sqlite:///{path}"), time.time_ns()
    question = CostReport(time="last").question(now_ns, "UTC")
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    total = get_costs(engine, SCOPE, question).total_now
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load}; {total.calls:,} calls in the month")

    def floor() -> None:
        with snapshot(engine) as connection:
            connection.execute(select(func.sum(USAGE.c.cost_nusd)).where(within(USAGE, SCOPE, question.now))).all()

    slowest = {"floor": measure("floor: one sum", floor, rounds)}
    for name in (*DIMENSIONS, "team"):
        by = replace(question, by=(name,))
        slowest[f"by {name}"] = measure(f"by {name}", lambda by=by: get_costs(engine, SCOPE, by), rounds)  # type: ignore[misc]
    crossed = replace(question, by=("workflow", "model"))
    slowest["two"] = measure("by workflow and model", lambda: get_costs(engine, SCOPE, crossed), rounds)
    for name in (*DIMENSIONS, "team"):
        value = next(iter(list_values(engine, SCOPE, question.now, name, 1)), None)
        where = replace(question, where=(CostFilter(name, (value,)),))
        slowest[f"{name}:"] = measure(f"only {name}", lambda where=where: get_costs(engine, SCOPE, where), rounds)  # type: ignore[misc]
    slowest["runs"] = measure("dearest runs", lambda: list_dear_runs(engine, SCOPE, question, 8), rounds)
    print(f"slowest: {max(slowest, key=lambda name: slowest[name])}, {max(slowest.values()):.0f} ms")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
