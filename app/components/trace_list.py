"""The line above the list of traces: how many are shown, how they ended, what they cost."""

from __future__ import annotations

import streamlit as st

from app import state
from app.components.filters import draw_sort
from app.format import count, escape_markdown, money, plural
from collector.store.records import OutcomeCounts

MOST_ROWS = 1_000


def draw_count_line(shown: int, counts: OutcomeCounts) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="count_line"
    ):
        st.markdown(count_line(shown, counts), width="content")
        draw_sort()


def draw_more(selection: state.Selection, rows: int, step: int) -> None:
    """A button for more rows, up to what one read gives."""
    if rows >= MOST_ROWS:
        st.caption(f"The first {count(MOST_ROWS)} are shown. Narrow the filters to see the others.")
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
