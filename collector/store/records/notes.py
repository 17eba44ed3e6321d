"""What a person marked and wrote on a trace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceNote:
    project_id: str
    trace_id: str
    is_starred: bool = False
    note: str | None = None
    changed_ns: int = 0
    """0 while nobody has marked the trace."""
