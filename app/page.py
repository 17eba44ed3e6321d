"""The head of a page, put together: title, how fresh, pause, environment and period."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from app import live, queries, state
from app.components import frame
from app.components.alert_toast import announce_alerts
from app.components.filters import draw_environment, draw_period
from app.components.new_errors import announce_new_errors
from app.components.places import all_drawn
from app.components.trace_steps import draw_steps
from app.queries import alerts, errors, search
from app.selection import DEFAULT_SORT
from collector.errors import MsgtraceError, Retryable


def head(title: str) -> None:
    """For pages that show a period."""
    with frame.head(title):
        live.pulse()
        draw_environment(_environments())
        draw_period()


def telling(draw: Callable[[], None]) -> Callable[[], None]:
    """`draw` for `live.content`, telling also of errors that nobody has seen before, and that all is drawn."""

    def told() -> None:
        with suppress(Retryable):
            _tell_of_new_errors()
            _tell_of_alerts()
        draw()
        all_drawn()

    return told


def _tell_of_new_errors() -> None:
    """Once each, from the moment on that the viewer came."""
    since_ns: int | None = state.kept("errors_told_ns")
    if since_ns is None:
        state.keep("errors_told_ns", time.time_ns())
    elif found := errors.new_since(since_ns):
        announce_new_errors(found)
        state.keep("errors_told_ns", found[0].created_ns)


def _tell_of_alerts() -> None:
    """As of new errors: once each."""
    since_ns: int | None = state.kept("alerts_told_ns")
    if since_ns is None:
        state.keep("alerts_told_ns", time.time_ns())
    elif found := alerts.told_since(since_ns):
        announce_alerts(found)
        state.keep("alerts_told_ns", found[0].told_ns)


def steps() -> None:
    """The buttons that step from a trace to its neighbours in the list; nothing where there is no such list."""
    selection = state.current()
    if not selection.trace_id:
        return
    with suppress(MsgtraceError):
        wanted = selection.trace_filter(time.time_ns(), search.dimensions())
        sort = selection.sort if selection.listing == "traces" else DEFAULT_SORT
        trace_id = queries.whole_trace_id(selection.trace_id)
        draw_steps(*search.neighbours(wanted, trace_id, sort))


def _environments() -> list[str]:
    """Those of the period; none while the database is away, which the page itself says."""
    with suppress(Retryable):
        facets = queries.facets(state.current().window(time.time_ns()))
        return [name for name, _ in facets.environments]
    return []
