"""What the pages sum up over time, by topic: how it is read from the rows themselves, and what it adds up to.

topic      a call is                     name         detail    failed         recovered
runs       a trace                       -            -         by outcome     by outcome
workflow   the same                      workflow     -         by outcome     by outcome
spend      a billed call                 model        agent     -              -
agent      a run of an agent             agent        -         status error   answered an error under status OK
tool       a call of a tool              tool         -         status error   answered an error under status OK

Runs, workflows and spend lie where their trace begins, agents and tools where their span does. `unfinished` runs are
still running, or have no root; they have no duration to speak of. Unknown tokens and cost are None.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.store.histograms import Histogram, add_counts, histogram_of, percentiles_ns

MINUTE_NS = 60 * 10**9
FINE_NS, HOUR_NS, DAY_NS = 5 * MINUTE_NS, 60 * MINUTE_NS, 24 * 60 * MINUTE_NS
COUNTS = ("calls", "failed", "recovered", "unfinished", "unpriced")
AMOUNTS = ("input_tokens", "output_tokens", "cost_nusd")

Key = tuple[str | None, str | None, str | None]
"""Environment, name and detail."""


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    select: str
    """start_ns, environment, name, detail, the counts, the amounts, and the duration in nanoseconds, of a row."""
    source: str
    """FROM and WHERE, as far as the times."""
    time: str
    project: str
    environment: str = "environment"
    is_fine: bool = False
    """Whether a rolled hour tells its sums by FINE_NS as well."""
    has_minutes: bool = False
    """Whether a rolled stretch tells how many calls began in each of its minutes."""
    has_durations: bool = True


_TEXT = "CAST(NULL AS TEXT)"
_NUMBER = "CAST(NULL AS BIGINT)"
_BY_OUTCOME = (
    "1, CASE outcome WHEN 'failed' THEN 1 ELSE 0 END, CASE outcome WHEN 'recovered' THEN 1 ELSE 0 END,"
    " CASE WHEN outcome IN ('running', 'rootless') THEN 1 ELSE 0 END, unpriced_spans,"
    " input_tokens, output_tokens, cost_nusd, CASE WHEN outcome NOT IN ('running', 'rootless') THEN duration_ns END"
)
_BY_STATUS = (
    "1, CASE status WHEN 'error' THEN 1 ELSE 0 END, CASE WHEN returned_error IS NOT NULL THEN 1 ELSE 0 END, 0, 0,"
    f" {_NUMBER}, {_NUMBER}, {_NUMBER}, CASE WHEN end_ns >= start_ns THEN end_ns - start_ns END"
)
RUNS = Topic(
    "runs", f"start_ns, environment, {_TEXT}, {_TEXT}, {_BY_OUTCOME}", "trace", "start_ns", "project_id", is_fine=True
)
WORKFLOWS = Topic(
    "workflow", f"start_ns, environment, workflow, {_TEXT}, {_BY_OUTCOME}", "trace", "start_ns", "project_id"
)
SPEND = Topic(
    "spend",
    "t.start_ns, t.environment, u.model, u.agent_name, u.calls, 0, 0, 0, u.unpriced_calls,"
    f" u.input_tokens, u.output_tokens, u.cost_nusd, {_NUMBER}",
    "trace t CROSS JOIN usage u",
    "t.start_ns",
    "u.project_id = t.project_id AND u.trace_id = t.trace_id AND t.project_id",
    "t.environment",
    has_durations=False,
)
AGENTS = Topic(
    "agent",
    f"start_ns, environment, coalesce(agent_name, name), {_TEXT}, {_BY_STATUS}",
    "span",
    "start_ns",
    "kind = 'agent' AND project_id",
    has_minutes=True,
)
TOOLS = Topic(
    "tool",
    f"start_ns, environment, tool_name, {_TEXT}, {_BY_STATUS}",
    "span",
    "start_ns",
    "kind = 'tool' AND project_id",
    has_minutes=True,
)
TOPICS = (RUNS, WORKFLOWS, SPEND, AGENTS, TOOLS)


@dataclass(slots=True)
class Sums:
    calls: int = 0
    failed: int = 0
    recovered: int = 0
    unfinished: int = 0
    unpriced: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_nusd: int | None = None
    histogram: Histogram = field(default_factory=dict)
    """Of durations that were rolled."""
    durations_ns: list[int] = field(default_factory=list)
    """Of those that were read one by one."""

    @property
    def ok(self) -> int:
        return self.calls - self.failed - self.recovered - self.unfinished

    @property
    def total_tokens(self) -> int | None:
        return plus(self.input_tokens, self.output_tokens)

    @property
    def durations(self) -> Histogram:
        """All of them."""
        found = dict(self.histogram)
        add_counts(found, histogram_of(self.durations_ns).items())
        return found

    def percentiles_ms(self, *shares: float) -> tuple[float | None, ...]:
        """Nearest rank: exact while every duration was read by itself, else within `histograms.ERROR`."""
        if self.histogram:
            found = percentiles_ns(self.durations, shares) or ()
        else:
            ordered = sorted(self.durations_ns)
            found = [ordered[max(0, math.ceil(share * len(ordered)) - 1)] for share in shares] if ordered else ()
        return tuple(ns / 1e6 for ns in found) or (None,) * len(shares)

    def take(self, figures: Sequence[Any], duration_ns: int | None = None) -> None:
        """figures: the counts, then the amounts."""
        calls, failed, recovered, unfinished, unpriced, input_tokens, output_tokens, cost_nusd = figures
        self.calls += calls
        self.failed += failed
        self.recovered += recovered
        self.unfinished += unfinished
        self.unpriced += unpriced
        self.input_tokens = plus(self.input_tokens, input_tokens)
        self.output_tokens = plus(self.output_tokens, output_tokens)
        self.cost_nusd = plus(self.cost_nusd, cost_nusd)
        if duration_ns is not None:
            self.durations_ns.append(duration_ns)

    def add(self, other: Sums) -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in AMOUNTS:
            setattr(self, name, plus(getattr(self, name), getattr(other, name)))
        add_counts(self.histogram, other.histogram.items())
        self.durations_ns += other.durations_ns


def plus(one: int | None, other: int | None) -> int | None:
    """What is known of both: unknown is not 0."""
    return one if other is None else other if one is None else one + other


def total(sums: Iterable[Sums]) -> Sums:
    found = Sums()
    for one in sums:
        found.add(one)
    return found
