"""How long what is kept, and what has gone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """0 keeps for ever. The age of a trace counts from when its last span was received."""

    content_days: int
    """Of payloads, previews and log records."""
    traces_days: int
    ledger_months: int
    max_bytes: int | None = None
    """Of an SQLite database; None without a limit."""
    keep_failed: float = 1.0
    """Failed and starred traces are kept so many times as long."""


@dataclass(slots=True, kw_only=True)
class Pruned:
    """What went, or would go."""

    contents: int = 0
    """Traces whose content went."""
    traces: int = 0
    spans: int = 0
    """Of those traces."""
    ledger_lines: int = 0
    returned_bytes: int = 0
    """Given back to the disk."""
    longest_ms: float = 0.0
    """The longest that a transaction held the database's write lock."""

    @property
    def is_nothing(self) -> bool:
        return not (self.contents or self.traces or self.ledger_lines)
