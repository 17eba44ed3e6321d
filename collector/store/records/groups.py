"""A span as far as groups of runs are compared by it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepSpan:
    trace_id: str
    name: str
    kind: str
    tool_name: str | None
    agent_name: str | None
    workflow: str | None
    request_model: str | None
    response_model: str | None
    status: str
    duration_ms: float | None
    """None without an end, or with an end before the start."""
    cost_usd: float | None
    """None for a span that isn't counted, or has no known price."""
