"""What is asked for: whose projects, which time, which traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from collector.query import EVERYTHING, Query

Scope = NewType("Scope", tuple[str, ...])
"""The project ids the caller may see; the first argument of every read."""


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of time: start_ns <= t < end_ns, in nanoseconds since 1970 UTC."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns

    def before(self, distance_ns: int) -> Period:
        """The period of the same length that lies `distance_ns` earlier."""
        return Period(self.start_ns - distance_ns, self.end_ns - distance_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFilter:
    """Which traces are meant. Empty fields don't filter; fields are joined by AND."""

    period: Period | None = None
    query: Query = EVERYTHING
    """What a person has typed."""
    outcomes: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    session_id: str | None = None
    user_id: str | None = None
