"""Where stored sums differ from a recount of the spans."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    project_id: str
    trace_id: str
    what: str
    """A column of the trace's row, `ledger`, or a span and its decision."""
    stored: str
    recounted: str


@dataclass(frozen=True, slots=True)
class WrongStretch:
    """A stretch of time of which the rolled sums differ from a recount."""

    project_id: str
    what: str
    """five minutes, hour, day, or ledger for an hour of the ledger."""
    start_ns: int


@dataclass(frozen=True, slots=True)
class Examined:
    """A group of traces, recounted."""

    traces: int
    sealed: int
    """Of them those whose ledger was sealed: it is left as it is."""
    differences: tuple[Difference, ...]
    wrong: tuple[tuple[str, str], ...]
    """(project_id, trace_id) of the traces that differ."""
