"""Views that people have saved."""

from __future__ import annotations

from app.queries.asking import ask
from collector.store.reads.views import list_views
from collector.store.records import SavedView

REPORT = "page=costs"
"""What the params of a saved cost report begin with."""


def saved_views() -> tuple[SavedView, ...]:
    """Of lists, the oldest first."""
    return tuple(view for view in ask(list_views) if not view.params.startswith(REPORT))


def saved_reports() -> tuple[SavedView, ...]:
    """Of costs, the oldest first."""
    return tuple(view for view in ask(list_views) if view.params.startswith(REPORT))
