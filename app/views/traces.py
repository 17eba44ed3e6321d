"""Traces: find the one you look for."""

from __future__ import annotations

import time
from dataclasses import replace

from app import live, page, queries, state
from app.components import states
from app.components.filters import draw_facets, draw_search
from app.components.recipes import first_lines
from app.components.trace_list import draw_count_line, draw_foot, fitting
from app.components.trace_table import FULL_PX, draw_trace_table
from app.selection import Selection
from app.theme import palette
from collector.store.records import TraceFilter

PAGE_ROWS = 100


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection, now_ns = state.current(), time.time_ns()
        wanted = selection.trace_filter(now_ns)
        draw_search()
        any_outcome = queries.trace_counts(replace(wanted, outcomes=()))
        draw_facets(any_outcome, queries.facets(selection.window(now_ns)), selection.has_filter)
        draw_list(selection, wanted)


def draw_list(selection: Selection, wanted: TraceFilter) -> None:
    counts = queries.trace_counts(wanted)
    if not counts.total:
        if selection.has_filter:
            states.nothing_matches(selection)
        else:
            states.nothing_in_period(selection)
        return
    rows = state.rows_shown(selection, PAGE_ROWS)
    listed = queries.traces(wanted, selection.sort, rows)
    live.hold_rows()
    draw_count_line(len(listed.traces), counts)
    with fitting(len(listed.traces)) as height:
        draw_trace_table(listed.traces, FULL_PX, key="traces", height=height, palette=palette())
    draw_foot(selection, rows, PAGE_ROWS, has_more=listed.next_cursor is not None)


def arrivals(since_ns: int) -> int:
    return queries.arrivals(state.current().trace_filter(time.time_ns()), since_ns)


page.head("Traces")
live.content(page.telling(draw), follows_clock=False, arrivals=arrivals)
