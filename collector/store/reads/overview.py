"""Everything on Home from one read, so that its figures agree.

Of more runs than are looked at one by one, the figures come from sums over stretches of time: counts, tokens and cost
are exact all the same, percentiles of durations within 1 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, select

from collector.store.engine import snapshot
from collector.store.filters import TRACE
from collector.store.reads.covering import Name, cover, holds_few, read_sums
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
from collector.store.sums import FINE_NS, RUNS, SPEND, WORKFLOWS, Sums, total

DAY_NS = 24 * 3600 * 10**9
WEEK_NS = 7 * DAY_NS
NANO = 10**9
TREND_STEPS = 7
BUCKETS = 48
MAX_FAILED_RUNS = 300


def get_overview(
    engine: Engine, scope: Scope, period: Period, *, environment: str | None = None, zone: str = "UTC"
) -> Overview:
    """The figures of a period beside the same length of time a week earlier. zone: where the days of costs begin."""
    distance_ns = WEEK_NS if period.length_ns <= WEEK_NS else period.length_ns
    windows = [period.before(distance_ns * step // TREND_STEPS) for step in range(TREND_STEPS, -1, -1)]
    steps = _steps(period)
    cuts = sorted({ns for stretch in (*windows, *steps) for ns in (stretch.start_ns, stretch.end_ns)})
    with snapshot(engine) as connection:
        is_exact = holds_few(connection, TRACE, scope, Period(cuts[0], cuts[-1]))
        pieces = cover(connection, scope, cuts, finest_ns=FINE_NS, is_exact=is_exact)
        runs = read_sums(connection, RUNS, pieces, environment)
        whole = cover(connection, scope, (period.start_ns, period.end_ns), is_exact=is_exact)
        workflows = read_sums(connection, WORKFLOWS, whole, environment).get(0, {})
        spend = read_sums(connection, SPEND, whole, environment).get(0, {})
        failed_runs = _failed_runs(connection, scope, period, environment)
        same = [CostFilter("environment", (environment,))] if environment else []
        month = read_month(connection, scope, period.end_ns, zone=zone, filters=same)
    trend = tuple(_totals(_within(runs, cuts, window)) for window in windows)
    return Overview(
        period=period,
        now=trend[-1],
        before=trend[0],
        before_label="vs last week" if distance_ns == WEEK_NS else "vs the time before",
        trend=trend,
        buckets=tuple(_bucket(period, number, _within(runs, cuts, step)) for number, step in enumerate(steps)),
        models=_models(spend),
        workflows=_workflows(workflows),
        failed_runs=failed_runs,
        month=month,
    )


def _step_ns(period: Period) -> int:
    return max(1, -(-period.length_ns // BUCKETS))


def _steps(period: Period) -> list[Period]:
    """Of the charts; the last ones may be shorter, or empty."""
    starts = [period.start_ns + step * _step_ns(period) for step in range(BUCKETS)]
    return [Period(min(start, period.end_ns), min(start + _step_ns(period), period.end_ns)) for start in starts]


def _within(runs: Mapping[int, Mapping[Name, Sums]], cuts: Sequence[int], stretch: Period) -> Sums:
    parts = range(cuts.index(stretch.start_ns), cuts.index(stretch.end_ns))
    return total(sums for part in parts for sums in runs.get(part, {}).values())


def _totals(runs: Sums) -> Totals:
    p50_ms, p95_ms = runs.percentiles_ms(0.50, 0.95)
    return Totals(
        runs=runs.calls,
        failed=runs.failed,
        recovered=runs.recovered,
        p50_ms=p50_ms,
        p95_ms=p95_ms,
        input_tokens=runs.input_tokens,
        output_tokens=runs.output_tokens,
        total_tokens=runs.total_tokens,
        cost_usd=_usd(runs.cost_nusd),
        unpriced_spans=runs.unpriced,
    )


def _bucket(period: Period, number: int, runs: Sums) -> Bucket:
    p50_ms, p95_ms = runs.percentiles_ms(0.50, 0.95)
    return Bucket(
        start_ns=period.start_ns + number * _step_ns(period),
        length_ns=_step_ns(period),
        ok=runs.ok,
        recovered=runs.recovered,
        failed=runs.failed,
        other=runs.unfinished,
        p50_ms=p50_ms,
        p95_ms=p95_ms,
    )


def _models(spend: Mapping[Name, Sums]) -> tuple[ModelCost, ...]:
    """From the ledger lines of the period's traces, so that they add up to the cost of its runs."""
    by_model: dict[str | None, list[Sums]] = {}
    for (model, _agent), sums in spend.items():
        by_model.setdefault(model, []).append(sums)
    totals = {model: total(group) for model, group in by_model.items()}
    models = [
        ModelCost(model=model, calls=spent.calls, cost_usd=_usd(spent.cost_nusd), unpriced_calls=spent.unpriced)
        for model, spent in totals.items()
    ]
    return tuple(sorted(models, key=lambda m: (-(m.cost_usd or 0), -m.calls, m.model or "")))


def _workflows(found: Mapping[Name, Sums]) -> tuple[WorkflowTotals, ...]:
    workflows = [
        WorkflowTotals(
            workflow=workflow, runs=runs.calls, p95_ms=runs.percentiles_ms(0.95)[0], cost_usd=_usd(runs.cost_nusd)
        )
        for (workflow, _), runs in found.items()
    ]
    return tuple(sorted(workflows, key=lambda w: (-w.runs, w.workflow or "")))


def _failed_runs(
    connection: Connection, scope: Scope, period: Period, environment: str | None
) -> tuple[FailedRun, ...]:
    columns = ("trace_id", "start_ns", "duration_ns", "workflow", "error")
    query = select(*(TRACE.c[name] for name in columns)).where(
        TRACE.c.project_id.in_(scope),
        TRACE.c.outcome == "failed",
        TRACE.c.start_ns >= period.start_ns,
        TRACE.c.start_ns < period.end_ns,
        TRACE.c.duration_ns.is_not(None),
    )
    if environment:
        query = query.where(TRACE.c.environment == environment)
    newest = query.order_by(TRACE.c.start_ns.desc()).limit(MAX_FAILED_RUNS)
    return tuple(
        FailedRun(trace_id=trace_id, start_ns=start_ns, duration_ms=ns / 1e6, workflow=workflow, error=error)
        for trace_id, start_ns, ns, workflow, error in connection.execute(newest)
    )


def _usd(nano: int | None) -> float | None:
    return None if nano is None else int(nano) / NANO
