"""The lists of the page Traces: runs, and calls of models and tools."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from app import live, queries, state
from app.components import export_menu, search_box, states, trace_list, trace_table
from app.queries import search
from app.selection import Selection
from app.theme import palette
from collector.store.records import CallPage, TraceFilter, TracePage

PAGE_ROWS = 100
LOOK_S = 2.0
LAG_NS = 5 * 10**9
"""The index takes in what came within a second or two; only more than that is worth a line."""


def draw_list(selection: Selection, wanted: TraceFilter, rows: int) -> None:
    has_more = (draw_traces if selection.listing == "traces" else draw_calls)(selection, wanted, rows)
    if has_more is None:
        if selection.has_filter:
            states.nothing_matches(selection, looks_for_words=wanted.query.has_text)
            if wanted.query.has_text and search.progress():
                _again_and_again(_look_when_all_is_searched, "search_again_part")
        else:
            states.nothing_in_period(selection)
        return
    trace_list.draw_foot(selection, rows, PAGE_ROWS, has_more=has_more)


def draw_search_progress(wanted: TraceFilter) -> None:
    """How far the search index is behind, if that is more than a moment; looks again until it isn't."""
    progress = search.progress() if wanted.query.has_text else None
    if progress and time.time_ns() - (progress.oldest_waiting_ns or 0) > LAG_NS:
        _again_and_again(_draw_progress, "search_part")


def _draw_progress() -> None:
    if progress := search.progress():
        search_box.draw_progress(progress, state.viewer_zone(), time.time_ns())
    else:
        search_box.draw_all_searched()  # rows don't move while somebody reads them


def _look_when_all_is_searched() -> None:
    if not search.progress():
        st.rerun()


def _again_and_again(draw: Callable[[], None], key: str) -> None:
    st.fragment(run_every=None if state.current().is_paused else LOOK_S, key=key)(draw)()


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
    return _has_more(listed, len(listed.traces), selection.sort)


def draw_calls(selection: Selection, wanted: TraceFilter, rows: int) -> bool | None:
    """As `draw_traces`, of calls."""
    kind: search.CallKind = "llm" if selection.listing == "llm" else "tool"
    counted = search.call_count(wanted, kind)
    if not counted.total:
        return None
    listed = search.calls(wanted, kind, selection.sort, rows)
    many = trace_list.many(max(counted.total, len(listed.calls)), counted.is_capped, "call")
    with trace_list.bar(f"**{len(listed.calls):,} of {many} shown**"):
        trace_list.draw_sort(selection)
        export_menu.draw_export(selection, selection.window(time.time_ns()), many)
    height = trace_list.fitting(len(listed.calls))
    trace_table.draw_call_table(listed.calls, kind, height=height, palette=palette(), sort=selection.sort)
    return _has_more(listed, len(listed.calls), selection.sort)


def _has_more(listed: TracePage | CallPage, shown: int, sort: str) -> bool:
    if listed.is_unfinished:
        which = "the newest with these words in a row" if sort == "-start_ns" else "what is found so far, sorted"
        so_far = f"{'This is' if shown == 1 else 'These are'} {which}; there may be more."
        states.unfinished(so_far, search_on=search.ask_now_again)
    return listed.next_cursor is not None and not listed.is_unfinished
