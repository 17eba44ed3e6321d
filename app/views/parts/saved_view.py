"""What a link to Traces asks for beside its list: a saved view, and what came since."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from app import queries, state
from app.queries import search, views
from collector.errors import Retryable
from collector.query import WrongQuery
from collector.store.records import SavedView


def arrivals(since_ns: int) -> int:
    with suppress(WrongQuery):
        return queries.arrivals(state.current().trace_filter(time.time_ns(), search.dimensions()), since_ns)
    return 0


def open_saved_view(saved: Callable[[], tuple[SavedView, ...]] | None = None) -> None:
    """A link that says no more than the name of a view shows the view."""
    selection = state.current()
    if selection.view and selection == selection.only_view():
        with suppress(Retryable):
            for view in (saved or views.saved_views)():
                if view.view_id == selection.view:
                    state.show_view(view.params, view.view_id)
