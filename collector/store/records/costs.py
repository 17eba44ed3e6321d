"""What calls cost, as the ledger tells it. Money is in integer nano-dollars, so that parts add up to their total."""

from __future__ import annotations

from dataclasses import dataclass

from collector.store.records.overview import MonthCost
from collector.store.records.selection import Period

LEDGER_DIMENSIONS = (
    "workflow",
    "model",
    "provider",
    "agent",
    "user",
    "session",
    "service",
    "environment",
    "version",
    "source",
    "project",
)
"""What every line of the ledger says. Beside them: `tag`, and the promoted dimensions by their names."""
TAG = "tag"
OTHERS = "others"
"""The group of users or sessions that are not told one by one."""


@dataclass(frozen=True, slots=True)
class CostFilter:
    """Calls whose dimension has one of the values; None stands for calls that say nothing of it."""

    dimension: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuestion:
    now: Period
    before: Period
    """What `now` is held against."""
    by: tuple[str, ...] = ("workflow",)
    """One or two dimensions."""
    where: tuple[CostFilter, ...] = ()
    """Joined by AND."""
    zone: str = "UTC"
    """The reporting zone: where days begin."""
    hourly: bool = False
    """Steps of an hour instead of a day."""
    all_groups: bool = False
    """Also where users or sessions are very many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Calls, what they used and what that cost. None means that none of the calls knows."""

    runs: int = 0
    """Traces whose first call is among them."""
    calls: int = 0
    errors: int = 0
    unpriced_calls: int = 0
    """Calls of unknown cost: part of `calls`, in no sum of money."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    cost_nusd: int | None = None
    input_cost_nusd: int | None = None
    """Of the uncached input; None where a cost was reported as one sum."""
    cache_read_cost_nusd: int | None = None
    cache_write_cost_nusd: int | None = None
    output_cost_nusd: int | None = None

    @property
    def priced_calls(self) -> int:
        return self.calls - self.unpriced_calls


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCell:
    """The calls of one period that share all that is told here."""

    groups: tuple[str | None, ...]
    """Their values of the question's `by`, in its order; None is unattributed."""
    workflow: str | None
    provider: str | None
    model: str | None
    source: str | None
    """reported, override or computed; None when the cost is unknown."""
    spend: Spend


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCost:
    """What one group cost in one hour or day."""

    start_ns: int
    group: str | None
    """Its value of the first of the question's `by`."""
    cost_nusd: int | None
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The answer to a question, all of it from the same moment. Where `by` has a tag, cells overlap: a call stands
    under each of its tags, and the totals count it once."""

    question: CostQuestion
    now: tuple[CostCell, ...]
    before: tuple[CostCell, ...]
    total_now: Spend
    total_before: Spend
    runs_now: int
    runs_before: int
    steps: tuple[StepCost, ...]
    """Of `now`, by time."""
    month: MonthCost
    """That `now` ends in, for a forecast."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DearRun:
    """A trace with what its calls cost in the period."""

    trace_id: str
    workflow: str | None
    start_ns: int
    user: str | None
    models: tuple[str, ...]
    calls: int
    cost_nusd: int
