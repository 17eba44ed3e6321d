"""Traces: find the one you look for, among runs, calls of models and calls of tools."""

from __future__ import annotations

import time
from dataclasses import replace

from app import live, page, queries, state
from app.commands import views as commands
from app.components import facets, saved_views, search_box, states, trace_list
from app.components.places import place
from app.components.recipes import first_lines
from app.queries import search, views
from app.views.parts.imported import draw_imports
from app.views.parts.saved_view import arrivals, open_saved_view
from app.views.parts.trace_lists import PAGE_ROWS, draw_list, draw_search_progress
from collector.query import WrongQuery
from collector.store.records import TraceFilter

LIST_PX = 717


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            with states.beside_nothing_yet():
                draw_imports()
            return
        selection, dimensions = state.current(), search.dimensions()
        with trace_list.top(selection):
            draw_imports()
            saved_views.draw_saved_views(views.saved_views(), selection.view, state.view_params(), commands)
        search_box.draw_search(dimensions)
        try:
            wanted = selection.trace_filter(time.time_ns(), dimensions)
        except WrongQuery as error:
            search_box.draw_wrong_query(error, selection.query)
            return
        draw_search_progress(wanted)
        top, below = place("facets", 30, 6), place("list", LIST_PX)
        counts = queries.trace_counts(_without(wanted, "outcome"))
        with top:
            facets.draw_facets(
                selection, wanted.query, counts, lambda field: search.facet(_without(wanted, field), field), dimensions
            )
        with below:
            draw_list(selection, wanted, state.rows_shown(selection, PAGE_ROWS))


def _without(wanted: TraceFilter, field: str) -> TraceFilter:
    """The same with nothing said of the field, so that its other values can be chosen too."""
    return replace(wanted, query=wanted.query.without(field))


open_saved_view()
page.head("Traces")
live.content(page.telling(draw), follows_clock=False, arrivals=arrivals)
