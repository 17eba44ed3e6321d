"""A judgement of a trace or a span."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    id: str
    """Unique within the trace."""
    name: str
    value: float | None
    label: str | None
    """At least one of value and label is there."""
    comment: str | None
    span_id: str | None
    """None: the whole trace is meant."""
    source: str
    """api, event for gen_ai.evaluation.result, or person for one given in the dashboard."""
