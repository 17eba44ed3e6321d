"""The line above the list of traces: how many are shown, how they ended, what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app import state
from app.components.filters import draw_sort
from app.components.trace_table import HEADER_PX, ROW_PX, Height
from app.format import count, escape_markdown, money, plural
from collector.store.records import OutcomeCounts

MOST_ROWS = 1_000
_FEW_ROWS = 15


def draw_count_line(shown: int, counts: OutcomeCounts) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="count_line"
    ):
        st.markdown(count_line(shown, counts), width="content")
        draw_sort()


@contextmanager
def fitting(rows: int) -> Iterator[Height]:
    """The height for a table of so many rows, drawn inside: a few are shown whole, more fill the window."""
    if rows <= _FEW_ROWS:
        yield ROW_PX * rows + HEADER_PX
        return
    with st.container(key="tall"):
        yield "stretch"


def draw_foot(selection: state.Selection, rows: int, step: int, *, has_more: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="list_foot"):
        zone = escape_markdown(str(state.viewer_zone()))
        st.caption(f"A click on a row opens the trace. Times in {zone}.", width="content")
        if has_more:
            _draw_more(selection, rows, step)


def _draw_more(selection: state.Selection, rows: int, step: int) -> None:
    """A button for more rows, up to what one read gives."""
    if rows >= MOST_ROWS:
        st.caption(f"The first {count(MOST_ROWS)} are shown. Narrow the filters to see the others.", width="content")
        return
    st.button(
        f"Show {step} more",
        icon=":material/expand_more:",
        key="more",
        on_click=state.show_more,
        args=(selection, min(rows + step, MOST_ROWS)),
    )


def count_line(shown: int, counts: OutcomeCounts) -> str:
    """Markdown: "100 of 271 shown, 18 failed, 7 recovered, $8.06"."""
    parts = [f"**{count(shown)} of {plural(counts.total, 'trace')} shown**"]
    for outcome in ("failed", "recovered", "running", "incomplete"):
        if number := getattr(counts, outcome):
            parts.append(f"{count(number)} {outcome}")
    if counts.cost_usd is not None:
        parts.append(escape_markdown(money(counts.cost_usd)))
    if counts.unpriced_spans:
        parts.append(f"{plural(counts.unpriced_spans, 'call')} without a known price")
    return ", ".join(parts)
