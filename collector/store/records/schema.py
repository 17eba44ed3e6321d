"""What bringing a database's schema up to date would take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaStep:
    revision: str
    what: str
    rows: int | None
    """Rows it goes through, each as often as it does so; None when the step doesn't say."""
    estimated_s: float | None
    """From the rows alone: a disk that is slow or busy takes several times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaPlan:
    revision: str | None
    """As it is; None for a database without our tables."""
    steps: tuple[SchemaStep, ...]
    copy_bytes: int | None
    """What the copy that is made before takes; None where none is made."""

    @property
    def estimated_s(self) -> float | None:
        """None when a step doesn't say."""
        known = [step.estimated_s for step in self.steps if step.estimated_s is not None]
        return sum(known) if len(known) == len(self.steps) else None
