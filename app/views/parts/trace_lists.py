"""The lists of the page Traces: runs, and calls of models and tools."""

from __future__ import annotations

import time

from app import live, queries, state
from app.components import export_menu, search_box, states, trace_list, trace_table
from app.queries import search
from app.selection import Selection
from app.theme import palette
from collector.store.records import TraceFilter

PAGE_ROWS = 100


def draw_list(selection: Selection, wanted: TraceFilter, rows: int) -> None:
    has_more = (draw_traces if selection.listing == "traces" else draw_calls)(selection, wanted, rows)
    if has_more is None:
        (states.nothing_matches if selection.has_filter else states.nothing_in_period)(selection)
        return
    trace_list.draw_foot(selection, rows, PAGE_ROWS, has_more=has_more)


def draw_search_progress(wanted: TraceFilter) -> None:
    progress = search.progress() if wanted.query.has_text else None
    if progress:
        search_box.draw_progress(progress, state.viewer_zone(), time.time_ns())


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
    most = search.most_counted(wanted)
    many = trace_list.many(min(total, most), total > most, "call")
    with trace_list.bar(f"**{len(listed.calls):,} of {many} shown**"):
        trace_list.draw_sort(selection)
        export_menu.draw_export(selection, selection.window(time.time_ns()), many)
    height = trace_list.fitting(len(listed.calls))
    trace_table.draw_call_table(listed.calls, kind, height=height, palette=palette(), sort=selection.sort)
    return listed.next_cursor is not None
