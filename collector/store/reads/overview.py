"""Everything on Home from one read, so that its figures agree."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, and_, func, select

from collector.store.engine import snapshot
from collector.store.filters import TRACE, USAGE, outcome_now
from collector.store.reads.month import read_month
from collector.store.records import (
    Bucket,
    FailedRun,
    ModelCost,
    Overview,
    Period,
    Scope,
    Totals,
    WorkflowTotals,
)
from collector.store.records.costs import CostFilter

DAY_NS = 24 * 3600 * 10**9
WEEK_NS = 7 * DAY_NS
NANO = 10**9
TREND_STEPS = 7
BUCKETS = 48
MAX_FAILED_RUNS = 300


@dataclass(slots=True)
class _Run:
    trace_id: str
    start_ns: int
    duration_ns: int | None
    outcome: str
    workflow: str | None
    error: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost_nusd: int | None
    unpriced_spans: int


def get_overview(
    engine: Engine, scope: Scope, period: Period, *, environment: str | None = None, zone: str = "UTC"
) -> Overview:
    """The figures of a period beside the same length of time a week earlier. zone: where the days of costs begin."""
    distance_ns = WEEK_NS if period.length_ns <= WEEK_NS else period.length_ns
    before = period.before(distance_ns)
    with snapshot(engine) as connection:
        runs = _runs(connection, scope, Period(before.start_ns, period.end_ns), environment)
        models = _models(connection, scope, period, environment)
        same = [CostFilter("environment", (environment,))] if environment else []
        month = read_month(connection, scope, period.end_ns, zone=zone, filters=same)
    inside = [run for run in runs if run.start_ns >= period.start_ns]
    windows = [period.before(distance_ns * step // TREND_STEPS) for step in range(TREND_STEPS, -1, -1)]
    trend = tuple(_totals(r for r in runs if w.start_ns <= r.start_ns < w.end_ns) for w in windows)
    return Overview(
        period=period,
        now=trend[-1],
        before=trend[0],
        before_label="vs last week" if distance_ns == WEEK_NS else "vs the time before",
        trend=trend,
        buckets=_buckets(inside, period),
        models=models,
        workflows=_workflows(inside),
        failed_runs=_failed_runs(inside),
        month=month,
    )


def _runs(connection: Connection, scope: Scope, period: Period, environment: str | None) -> list[_Run]:
    columns = [TRACE.c[name] if name != "outcome" else outcome_now().label(name) for name in _Run.__slots__]
    query = select(*columns).where(
        TRACE.c.project_id.in_(scope), TRACE.c.start_ns >= period.start_ns, TRACE.c.start_ns < period.end_ns
    )
    if environment:
        query = query.where(TRACE.c.environment == environment)
    return [_Run(*row) for row in connection.execute(query)]


def _totals(runs: Iterable[_Run]) -> Totals:
    chosen = list(runs)
    durations = _durations(chosen)
    return Totals(
        runs=len(chosen),
        failed=sum(run.outcome == "failed" for run in chosen),
        recovered=sum(run.outcome == "recovered" for run in chosen),
        p50_ms=percentile(durations, 0.50),
        p95_ms=percentile(durations, 0.95),
        input_tokens=_sum(run.input_tokens for run in chosen),
        output_tokens=_sum(run.output_tokens for run in chosen),
        total_tokens=_sum(tokens for run in chosen for tokens in (run.input_tokens, run.output_tokens)),
        cost_usd=_usd(_sum(run.cost_nusd for run in chosen)),
        unpriced_spans=sum(run.unpriced_spans for run in chosen),
    )


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The value that `share` of the values don't exceed (nearest rank). None without values."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _durations(runs: Iterable[_Run]) -> list[float]:
    """In milliseconds, ascending. Traces that are not over, or lost their root, have no duration to speak of."""
    over = (run for run in runs if run.outcome not in ("running", "incomplete"))
    return sorted(run.duration_ns / 1e6 for run in over if run.duration_ns is not None)


def _buckets(runs: Iterable[_Run], period: Period) -> tuple[Bucket, ...]:
    length_ns = max(1, -(-period.length_ns // BUCKETS))
    groups: defaultdict[int, list[_Run]] = defaultdict(list)
    for run in runs:
        groups[(run.start_ns - period.start_ns) // length_ns].append(run)
    return tuple(_bucket(period.start_ns + step * length_ns, length_ns, groups[step]) for step in range(BUCKETS))


def _bucket(start_ns: int, length_ns: int, runs: Sequence[_Run]) -> Bucket:
    outcomes = [run.outcome for run in runs]
    counts = {outcome: outcomes.count(outcome) for outcome in ("ok", "recovered", "failed")}
    durations = _durations(runs)
    return Bucket(
        start_ns=start_ns,
        length_ns=length_ns,
        **counts,
        other=len(runs) - sum(counts.values()),
        p50_ms=percentile(durations, 0.50),
        p95_ms=percentile(durations, 0.95),
    )


def _models(connection: Connection, scope: Scope, period: Period, environment: str | None) -> tuple[ModelCost, ...]:
    """From the ledger lines of the period's traces, so that they add up to the cost of its runs."""
    same_trace = and_(USAGE.c.project_id == TRACE.c.project_id, USAGE.c.trace_id == TRACE.c.trace_id)
    query = (
        select(
            USAGE.c.model,
            func.sum(USAGE.c.calls),
            func.sum(USAGE.c.cost_nusd),
            func.sum(USAGE.c.unpriced_calls),
        )
        .select_from(USAGE.join(TRACE, same_trace))
        .where(TRACE.c.project_id.in_(scope), TRACE.c.start_ns >= period.start_ns, TRACE.c.start_ns < period.end_ns)
        .group_by(USAGE.c.model)
    )
    if environment:
        query = query.where(TRACE.c.environment == environment)
    models = [
        ModelCost(model=model, calls=int(calls), cost_usd=_usd(cost_nusd), unpriced_calls=int(unpriced))
        for model, calls, cost_nusd, unpriced in connection.execute(query)
    ]
    return tuple(sorted(models, key=lambda m: (-(m.cost_usd or 0), -m.calls, m.model or "")))


def _workflows(runs: Iterable[_Run]) -> tuple[WorkflowTotals, ...]:
    groups: defaultdict[str | None, list[_Run]] = defaultdict(list)
    for run in runs:
        groups[run.workflow].append(run)
    workflows = [
        WorkflowTotals(
            workflow=workflow,
            runs=len(group),
            p95_ms=percentile(_durations(group), 0.95),
            cost_usd=_usd(_sum(run.cost_nusd for run in group)),
        )
        for workflow, group in groups.items()
    ]
    return tuple(sorted(workflows, key=lambda w: (-w.runs, w.workflow or "")))


def _failed_runs(runs: Iterable[_Run]) -> tuple[FailedRun, ...]:
    failed = [run for run in runs if run.outcome == "failed" and run.duration_ns is not None]
    failed.sort(key=lambda run: run.start_ns, reverse=True)
    return tuple(
        FailedRun(
            trace_id=run.trace_id,
            start_ns=run.start_ns,
            duration_ms=(run.duration_ns or 0) / 1e6,
            workflow=run.workflow,
            error=run.error,
        )
        for run in failed[:MAX_FAILED_RUNS]
    )


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _usd(nano: int | None) -> float | None:
    return None if nano is None else int(nano) / NANO
