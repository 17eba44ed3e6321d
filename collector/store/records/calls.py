"""Calls: spans of models and tools, as a list shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    project: str
    trace_id: str
    span_id: str
    name: str
    kind: str
    """llm or tool."""
    status: str
    error: str | None
    """What failed: the first exception, the status message, or the error that a tool returned."""
    workflow: str | None
    """Of the trace, or the trace's name."""
    tool_name: str | None
    model: str | None
    """The one that answered, else the one that was asked."""
    provider: str | None
    start_ns: int
    duration_ms: float | None
    time_to_first_token_ms: float | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cost_usd: float | None
    input_preview: str | None
    output_preview: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    calls: tuple[Call, ...]
    next_cursor: str | None
    is_unfinished: bool = False
    """As TracePage has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCount:
    total: int = 0
    is_capped: bool = False
    """There may be more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValues:
    """Values of one field, the most frequent first, among the newest traces that match."""

    values: tuple[tuple[str, int], ...] = ()
    is_capped: bool = False
    """There are more traces than were counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A span as it was received, in protobuf."""

    span: bytes
    resource_scope: bytes
    """ResourceSpans with one scope and no span: what it was sent under."""
