"""What is asked for: whose projects, which time, which traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

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
    text: str = ""
    """Found in name, workflow, previews, error or, as a prefix of 4 characters or more, the trace id."""
    outcomes: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    dimensions: tuple[tuple[str, str], ...] = ()
    """(name, value) of promoted dimensions."""
    session_id: str | None = None
    user_id: str | None = None
