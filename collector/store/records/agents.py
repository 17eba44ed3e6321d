"""What agents and tools did in a period, beside the period before."""

from __future__ import annotations

from dataclasses import dataclass

from collector.store.records.spans import SpanRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Runs of an agent, or calls of a tool."""

    count: int = 0
    failed: int = 0
    """With status error."""
    returned_errors: int = 0
    """Answered with an error under status OK."""
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStats:
    tool_name: str | None
    now: Calls
    before: Calls
    """The period of the same length before."""
    trend: tuple[int, ...]
    """Calls by steps of the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStats:
    agent_name: str | None
    now: Calls
    before: Calls
    trend: tuple[int, ...]
    looping_runs: int
    """Traces in which it called a tool three times or more with the same arguments."""
    model_calls: int
    """Its own, not those of agents that it called; None of the figures below knows others."""
    total_tokens: int | None
    cost_usd: float | None
    unpriced_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A run in which one tool was called again and again with the same arguments."""

    trace_id: str
    span_id: str
    """The last of the calls."""
    tool_name: str | None
    agent_name: str | None
    calls: int
    start_ns: int
    """Of the last call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    span: SpanRecord
    arguments: str | None
    """JSON or text, its beginning."""
    result: str | None
    """The same; None also for a call that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReport:
    agents: tuple[AgentStats, ...]
    """The busiest first."""
    tools: tuple[ToolStats, ...]
    """The busiest first."""
    loops: tuple[Loop, ...]
    """The newest first."""
