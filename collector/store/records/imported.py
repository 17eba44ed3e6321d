"""What came of a file of traces."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Imported:
    stored: int = 0
    """Spans and log records that weren't there before."""
    known: int = 0
    """Stored before: nothing to do, or with other content, when the first was kept."""
    left_out: int = 0
    """That can't be stored, and log records that say nothing about a span."""
    reasons: list[str] = field(default_factory=list)
    """Why, some of them."""
    first_ns: int | None = None
    """Start of the earliest span in the file, and of the latest; None without a span."""
    last_ns: int | None = None
    fault: str | None = None
    """What ended it before the end of the file; what is counted here is stored all the same."""

    def meet(self, start_ns: int) -> None:
        self.first_ns = start_ns if self.first_ns is None else min(self.first_ns, start_ns)
        self.last_ns = start_ns if self.last_ns is None else max(self.last_ns, start_ns)
