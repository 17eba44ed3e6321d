"""Traces as they are read: one, a page of them, and what can be said of many."""

from __future__ import annotations

from dataclasses import dataclass, field

from collector.store.records.scores import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    trace_id: str
    project: str
    name: str
    workflow: str | None
    service: str | None
    environment: str | None
    version: str | None
    outcome: str
    """ok, recovered, failed, running or incomplete."""
    error: str | None
    """"Type: message" of the failure that decides the outcome."""
    input_preview: str | None
    output_preview: str | None
    start_ns: int
    end_ns: int | None
    duration_ms: float | None
    span_count: int
    error_count: int
    llm_calls: int
    """llm spans without an llm descendant."""
    tool_calls: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    total_tokens: int | None
    cost_usd: float | None
    """Sum of the known costs; what is missing from it is counted in unpriced_spans."""
    unpriced_spans: int
    models: tuple[str, ...]
    session_id: str | None
    user_id: str | None
    tags: tuple[str, ...]
    dimensions: dict[str, str] = field(default_factory=dict)
    """Of the promoted dimensions those that are known."""
    scores: tuple[Score, ...] = ()
    """Of the trace and of its spans, by time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePage:
    traces: tuple[TraceSummary, ...]
    next_cursor: str | None
    """Opaque; None on the last page."""
    is_unfinished: bool = False
    """Looking for words ran out of time before the page was full. Asked again, or for the next page, it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCounts:
    """How many traces match, and how they ended. Running and incomplete traces are in the total only."""

    total: int = 0
    is_capped: bool = False
    """There may be more: these are the newest."""
    ok: int = 0
    recovered: int = 0
    failed: int = 0
    running: int = 0
    incomplete: int = 0
    cost_usd: float | None = None
    unpriced_spans: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The values to choose from, most frequent first, at most 50 of each."""

    workflows: tuple[tuple[str, int], ...] = ()
    models: tuple[tuple[str, int], ...] = ()
    services: tuple[tuple[str, int], ...] = ()
    environments: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How recent the data is. `any_spans` tells an empty database from an empty period."""

    any_spans: bool = False
    newest_received_ns: int | None = None
    version: int = 0
    """Grows with every commit that changes spans; caches key on it."""
