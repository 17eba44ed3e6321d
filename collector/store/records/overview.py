"""The figures on Home."""

from __future__ import annotations

from dataclasses import dataclass

from collector.store.records.selection import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The figures of one period, all from the same traces."""

    runs: int = 0
    failed: int = 0
    recovered: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cost_usd: float | None = None
    unpriced_spans: int = 0

    @property
    def failed_share(self) -> float | None:
        """Failed runs of all runs, 0 to 1; None without runs."""
        return self.failed / self.runs if self.runs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One step of time on the Home charts."""

    start_ns: int
    length_ns: int
    ok: int = 0
    recovered: int = 0
    failed: int = 0
    other: int = 0
    """Running and incomplete."""
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCost:
    model: str | None
    calls: int
    cost_usd: float | None
    unpriced_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowTotals:
    workflow: str | None
    runs: int
    p95_ms: float | None
    cost_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """One failed run as a mark on the duration chart."""

    trace_id: str
    start_ns: int
    duration_ms: float
    workflow: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCost:
    """What the calls of the present month cost, by UTC days, from the ledger."""

    spent_usd: float | None
    """From the first of the month until now."""
    full_days_usd: tuple[float, ...]
    """The cost of the last whole days, 14 at most, oldest first; days before the first call are none."""
    days_left: float
    """Until the month ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything on Home from one read, so that its figures agree."""

    period: Period
    now: Totals
    before: Totals
    """The same length of time one week earlier (one period earlier when the period is longer than a week)."""
    before_label: str
    """Says what `before` is, e.g. "vs last week"."""
    trend: tuple[Totals, ...]
    """Eight periods of the same length for sparklines: the first is `before`, the last is `now`."""
    buckets: tuple[Bucket, ...]
    models: tuple[ModelCost, ...]
    """Dearest first."""
    workflows: tuple[WorkflowTotals, ...]
    failed_runs: tuple[FailedRun, ...]
    """At most 300, newest first."""
    month: MonthCost | None = None
    """Of the month in which the period ends."""
