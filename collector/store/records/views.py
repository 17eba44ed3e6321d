"""Views that people have saved."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    view_id: str
    name: str
    params: str
    """The query string that shows it again."""
    created_ns: int
