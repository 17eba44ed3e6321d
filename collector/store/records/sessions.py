"""Sessions and users: what was said, when, and at what cost."""

from __future__ import annotations

from dataclasses import dataclass

from collector.store.records.traces import TraceSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """The runs of a session."""

    session_id: str
    user_id: str | None
    first_ns: int
    last_ns: int
    """Start of its newest run."""
    turns: int
    failed: int
    recovered: int
    workflows: tuple[str, ...]
    total_tokens: int | None
    cost_usd: float | None
    unpriced_spans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One run of a session: what went in, and what came out."""

    trace: TraceSummary
    asked: str | None
    """Whole, where the root span carries it; else the trace's preview."""
    answered: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSummary:
    """The runs that one user started."""

    user_id: str
    first_ns: int
    last_ns: int
    runs: int
    sessions: int
    failed: int
    recovered: int
    total_tokens: int | None
    cost_usd: float | None
    unpriced_spans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRun:
    """As much of a run as the days of a user are made of."""

    start_ns: int
    session_id: str | None
    outcome: str
    cost_usd: float | None
