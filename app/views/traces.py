"""Traces: find the one you look for, among runs, calls of models and calls of tools."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

from app import live, page, queries, state
from app.commands import views as commands
from app.components import export_menu, facets, saved_views, search_box, states, trace_list, trace_table
from app.components.recipes import first_lines
from app.queries import search, views
from app.selection import Selection
from app.theme import palette
from collector.errors import Retryable
from collector.query import WrongQuery
from collector.store.records import FacetValues, TraceFilter

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
        facets.draw_facets(selection, wanted.query, counts, lambda field: _values(wanted, field), dimensions)
        draw_list(selection, wanted)


def draw_list(selection: Selection, wanted: TraceFilter) -> None:
    rows = state.rows_shown(selection, PAGE_ROWS)
    has_more = (draw_traces if selection.listing == "traces" else draw_calls)(selection, wanted, rows)
    if has_more is None:
        (states.nothing_matches if selection.has_filter else states.nothing_in_period)(selection)
        return
    trace_list.draw_foot(selection, rows, PAGE_ROWS, has_more=has_more)


def draw_traces(selection: Selection, wanted: TraceFilter, rows: int) -> bool | None:
    """Whether there are more rows; None when there is none."""
    counts = queries.trace_counts(wanted)
    if not counts.total:
        return None
    listed = queries.traces(wanted, selection.sort, rows)
    live.hold_rows()
    bar = trace_list.bar(trace_list.count_line(len(listed.traces), counts))
    height = trace_list.fitting(len(listed.traces))
    widths, sort = trace_table.FULL_PX, selection.sort
    ticked = trace_table.draw_trace_table(
        listed.traces, widths, key="traces", height=height, palette=palette(), sort=sort, ticks=True
    )
    with bar:
        trace_list.draw_compare(ticked)
        trace_list.draw_sort(selection)
        export_menu.draw_export(
            selection, selection.window(time.time_ns()), trace_list.many(counts.total, counts.is_capped, "trace")
        )
    return listed.next_cursor is not None


def draw_calls(selection: Selection, wanted: TraceFilter, rows: int) -> bool | None:
    """As `draw_traces`, of calls."""
    kind: search.CallKind = "llm" if selection.listing == "llm" else "tool"
    total = search.call_count(wanted, kind)
    if not total:
        return None
    listed = search.calls(wanted, kind, selection.sort, rows)
    many = trace_list.many(min(total, search.MOST_COUNTED), total > search.MOST_COUNTED, "call")
    with trace_list.bar(f"**{len(listed.calls):,} of {many} shown**"):
        trace_list.draw_sort(selection)
        export_menu.draw_export(selection, selection.window(time.time_ns()), many)
    height = trace_list.fitting(len(listed.calls))
    trace_table.draw_call_table(listed.calls, kind, height=height, palette=palette(), sort=selection.sort)
    return listed.next_cursor is not None


def _values(wanted: TraceFilter, field: str) -> FacetValues:
    return search.facet(_without(wanted, field), field)


def _without(wanted: TraceFilter, field: str) -> TraceFilter:
    """The same with nothing said of the field, so that its other values can be chosen too."""
    return replace(wanted, query=wanted.query.without(field))


def arrivals(since_ns: int) -> int:
    with suppress(WrongQuery):
        return queries.arrivals(state.current().trace_filter(time.time_ns(), search.dimensions()), since_ns)
    return 0


def open_saved_view() -> None:
    """A link that says no more than the name of a view shows the view."""
    selection = state.current()
    if selection.view and selection == selection.only_view():
        with suppress(Retryable):
            for view in views.saved_views():
                if view.view_id == selection.view:
                    state.show_view(view.params, view.view_id)


open_saved_view()
page.head("Traces")
live.content(page.telling(draw), follows_clock=False, arrivals=arrivals)
