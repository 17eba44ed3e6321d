"""Where one run stands among the last ones of its workflow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from collector.store.records import TraceSummary

FEWEST = 5
"""With fewer earlier runs nothing is said."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One figure of a run against those of earlier runs that know it."""

    value: float
    median: float
    below: int
    """How many of the earlier runs have less."""
    above: int
    runs: int

    @property
    def change(self) -> float | None:
        """Against the median, 0.43 for 43 % more; None where that is zero."""
        return self.value / self.median - 1 if self.median else None


@dataclass(frozen=True, slots=True)
class Baseline:
    """None where the run's own figure is unknown or too few runs are there."""

    duration_ms: Standing | None = None
    total_tokens: Standing | None = None
    cost_usd: Standing | None = None


def baseline(trace: TraceSummary, earlier: Sequence[TraceSummary]) -> Baseline:
    """Runs with calls of unknown cost are left out of the cost: their sum is too low."""
    return Baseline(
        duration_ms=_standing(trace.duration_ms, (run.duration_ms for run in earlier)),
        total_tokens=_standing(trace.total_tokens, (run.total_tokens for run in earlier)),
        cost_usd=_standing(_whole_cost(trace), map(_whole_cost, earlier)),
    )


def _whole_cost(trace: TraceSummary) -> float | None:
    return None if trace.unpriced_spans else trace.cost_usd


def _standing(value: float | None, others: Iterable[float | None]) -> Standing | None:
    known = [other for other in others if other is not None]
    if value is None or len(known) < FEWEST:
        return None
    below, above = sum(other < value for other in known), sum(other > value for other in known)
    return Standing(value, median(known), below, above, len(known))
