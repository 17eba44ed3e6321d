"""Errors, grouped by what they have in common."""

from __future__ import annotations

from dataclasses import dataclass

from collector.store.records.traces import TraceSummary

ERROR_STATES = ("new", "reopened", "known", "resolved")
"""What deserves a look comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroup:
    """All errors with one fingerprint, as a period shows them."""

    project: str
    fingerprint: str
    kind: str
    """exception, status (an error without an exception) or returned (what a tool answered under status OK)."""
    type: str | None
    """Of the exception; of a returned error the tool."""
    message: str | None
    """As the newest has it."""
    state: str
    """new (first seen in the last 24 hours of the period, and nobody has marked it), known, resolved or reopened."""
    state_ns: int
    """When it was marked, or came back; of an error that nobody has marked, when it first arrived."""
    first_seen_ns: int
    """Ever."""
    last_seen_ns: int
    """Ever."""
    runs: int
    """Traces of the period that have it."""
    spans: int
    """Spans of the period that have it: an exception is recorded by every span that it passes."""
    workflows: tuple[tuple[str | None, int], ...]
    """With their runs, the most frequent first."""
    trend: tuple[int, ...]
    """Runs by steps of the period."""
    trace_id: str
    """The newest span that has it."""
    span_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroups:
    groups: tuple[ErrorGroup, ...]
    """The last seen first."""
    is_cut: bool
    """Whether there are more than are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRuns:
    """The newest runs that have an error."""

    traces: tuple[TraceSummary, ...]
    newest_span: tuple[str, str] | None
    """trace_id and span_id of the deepest span of the newest run; None when the period has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewError:
    """An error that was not seen before."""

    fingerprint: str
    type: str | None
    message: str | None
    created_ns: int
    """When the collector first met it."""
