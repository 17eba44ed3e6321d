"""What was found by words, and how far the search index has come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchProgress:
    waiting: int
    """Traces that the index hasn't taken in as they are now; counted to 10,001."""
    oldest_waiting_ns: int | None
    """When the first of them changed: all that came before is searched. None when nothing waits."""


@dataclass(frozen=True, slots=True)
class TextsFound:
    """Of one trace."""

    span_ids: frozenset[str]
    searched: int | None
    """The first spans that were read whole, when there was no time for all; None for all of them."""
