"""Views that people have saved."""

from __future__ import annotations

from app.queries.asking import ask
from collector.store.reads.views import list_views
from collector.store.records import SavedView


def saved_views() -> tuple[SavedView, ...]:
    """The oldest first."""
    return ask(list_views)
