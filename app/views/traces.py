"""Traces: find the one you look for, among runs, calls of models and calls of tools."""

from __future__ import annotations

import time
from dataclasses import replace

from app import live, page, queries, state
from app.commands import views as commands
from app.components import facets, saved_views, search_box, states, trace_list
from app.components.recipes import first_lines
from app.queries import search, views
from app.selection import Selection
from app.views.parts.saved_view import arrivals, open_saved_view
from app.views.parts.trace_lists import draw_calls, draw_traces
from collector.query import WrongQuery
from collector.store.records import TraceFilter

PAGE_ROWS = 100


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection, dimensions = state.current(), search.dimensions()
        with trace_list.top(selection):
            saved_views.draw_saved_views(views.saved_views(), selection.view, commands)
        search_box.draw_search(dimensions)
        try:
            wanted = selection.trace_filter(time.time_ns(), dimensions)
        except WrongQuery as error:
            search_box.draw_wrong_query(error, selection.query)
            return
        counts = queries.trace_counts(_without(wanted, "outcome"))
        facets.draw_facets(
            selection, wanted.query, counts, lambda field: search.facet(_without(wanted, field), field), dimensions
        )
        draw_list(selection, wanted)


def draw_list(selection: Selection, wanted: TraceFilter) -> None:
    rows = state.rows_shown(selection, PAGE_ROWS)
    has_more = (draw_traces if selection.listing == "traces" else draw_calls)(selection, wanted, rows)
    if has_more is None:
        (states.nothing_matches if selection.has_filter else states.nothing_in_period)(selection)
        return
    trace_list.draw_foot(selection, rows, PAGE_ROWS, has_more=has_more)


def _without(wanted: TraceFilter, field: str) -> TraceFilter:
    """The same with nothing said of the field, so that its other values can be chosen too."""
    return replace(wanted, query=wanted.query.without(field))


open_saved_view()
page.head("Traces")
live.content(page.telling(draw), follows_clock=False, arrivals=arrivals)
