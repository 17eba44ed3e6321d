"""An Overview as frames for the charts of Home. Times are UTC, which the browser shows in the viewer's zone."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.format import count, cut, duration, money, percent, plural, round_parts
from collector.store.records import Bucket, FailedRun, ModelCost, WorkflowTotals

STACK = ("failed", "recovered", "ok", "other")
"""From the axis upwards, so that failures stand on the ground and can be compared."""
_GAP = 0.16
"""Of a bar's width stays free between two bars."""
_TOOLTIP_LETTERS = 160
_NAME_LETTERS = 80


def activity(buckets: Sequence[Bucket]) -> pd.DataFrame:
    """Columns: step (which bucket), start, end, outcome, low, high, runs; a row for each outcome of a bucket."""
    rows = []
    for step, bucket in enumerate(buckets):
        low = 0
        for outcome in STACK:
            runs = getattr(bucket, outcome)
            if runs:
                end_ns = bucket.start_ns + round(bucket.length_ns * (1 - _GAP))
                rows.append((step, bucket.start_ns, end_ns, outcome, low, low + runs, runs))
            low += runs
    frame = pd.DataFrame(rows, columns=["step", "start", "end", "outcome", "low", "high", "runs"])
    return _with_times(frame, "start", "end")


def durations(buckets: Sequence[Bucket]) -> pd.DataFrame:
    """Columns: time (the middle of the bucket), p50_ms, p95_ms, p50, p95 as text, part, alone.

    Buckets without runs are left out. part: a number for buckets that follow each other without such a gap; alone:
    whether it is the only one of its part.
    """
    known = [
        (number, bucket.start_ns + bucket.length_ns // 2, bucket.p50_ms, bucket.p95_ms)
        for number, bucket in enumerate(buckets)
        if bucket.p50_ms is not None and bucket.p95_ms is not None
    ]
    rows = [(*row, row[0] - position) for position, row in enumerate(known)]
    frame = _with_times(pd.DataFrame(rows, columns=["number", "time", "p50_ms", "p95_ms", "part"]), "time")
    return frame.drop(columns="number").assign(
        p50=[duration(row[2]) for row in rows],
        p95=[duration(row[3]) for row in rows],
        alone=~frame["part"].duplicated(keep=False),
    )


def failed_runs(runs: Sequence[FailedRun]) -> pd.DataFrame:
    """Columns: time, duration_ms, duration, workflow, error, trace_id."""
    rows = [
        (
            run.start_ns,
            run.duration_ms,
            duration(run.duration_ms),
            cut(run.workflow or "unknown", _TOOLTIP_LETTERS),
            cut(run.error or "unknown", _TOOLTIP_LETTERS),
            run.trace_id,
        )
        for run in runs
    ]
    columns = ["time", "duration_ms", "duration", "workflow", "error", "trace_id"]
    return _with_times(pd.DataFrame(rows, columns=columns), "time")


def model_costs(models: Sequence[ModelCost], limit: int = 5) -> pd.DataFrame:
    """Columns: name, value (USD), label, key (the model; None for several or none).

    The dearest `limit`, what is left as one row. Labels add up to the total.
    """
    shown, rest = (models, ()) if len(models) <= limit else (models[: limit - 1], models[limit - 1 :])
    rows = [
        (_named(model.model, "unknown model"), model.cost_usd, model.calls, model.unpriced_calls) for model in shown
    ]
    if rest:
        known = [model.cost_usd for model in rest if model.cost_usd is not None]
        rows.append(
            (
                f"{len(rest)} others",
                sum(known) if known else None,
                sum(model.calls for model in rest),
                sum(model.unpriced_calls for model in rest),
            )
        )
    total = sum(cost or 0 for _, cost, _, _ in rows)
    digits = 2 if total >= 1 else 4
    rounded = round_parts([cost or 0 for _, cost, _, _ in rows], digits)
    labels = [
        _cost_label(part if cost is not None else None, bool(cost), total, calls, unpriced, digits)
        for part, (_, cost, calls, unpriced) in zip(rounded, rows, strict=True)
    ]
    return pd.DataFrame(
        {
            "name": [row[0] for row in rows],
            "value": [row[1] or 0.0 for row in rows],
            "label": labels,
            "key": [model.model for model in shown] + [None] * bool(rest),
        }
    ).astype({"name": str, "label": str})


def slowest(workflows: Sequence[WorkflowTotals], limit: int = 4) -> pd.DataFrame:
    """Columns: name, value (ms), label, key (the workflow or None)."""
    known = [workflow for workflow in workflows if workflow.p95_ms is not None]
    known.sort(key=lambda workflow: -(workflow.p95_ms or 0))
    rows = [
        (_named(w.workflow), w.p95_ms, f"{duration(w.p95_ms)}, {plural(w.runs, 'run')}", w.workflow)
        for w in known[:limit]
    ]
    return pd.DataFrame(rows, columns=["name", "value", "label", "key"])


def dearest(workflows: Sequence[WorkflowTotals], limit: int = 4) -> pd.DataFrame:
    """Columns: name, value (USD), label, key (the workflow or None)."""
    known = [workflow for workflow in workflows if workflow.cost_usd]
    known.sort(key=lambda workflow: -(workflow.cost_usd or 0))
    digits = 2 if known and (known[0].cost_usd or 0) >= 0.1 else 4
    rows = [
        (
            _named(w.workflow),
            w.cost_usd,
            f"{money(w.cost_usd, digits)}, {_a_run(w.cost_usd or 0, w.runs)}",
            w.workflow,
        )
        for w in known[:limit]
    ]
    return pd.DataFrame(rows, columns=["name", "value", "label", "key"])


def _named(name: str | None, unnamed: str = "no workflow") -> str:
    return cut(name, _NAME_LETTERS) if name else unnamed


def _a_run(cost_usd: float, runs: int) -> str:
    return f"{money(cost_usd / runs, 3 if cost_usd / runs >= 0.01 else None)}/run"


def _cost_label(part: float | None, is_something: bool, total: float, calls: int, unpriced: int, digits: int) -> str:
    """`part` is the rounded cost; what was rounded away entirely is still not nothing."""
    if part is None:
        return f"no price, {plural(calls, 'call')}"
    shown = f"<${10.0**-digits:.{digits}f}" if is_something and not part else money(part, digits)
    if unpriced:
        return f"{shown}, {count(unpriced)} unpriced"
    return f"{shown}, {percent(part / total)}" if total else shown


def _with_times(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Nanoseconds as UTC times, with the right type for an empty frame too."""
    times = {name: pd.to_datetime(frame[name].astype("int64"), unit="ns", utc=True) for name in columns}
    return frame.assign(**times)
