"""What stands round a list: the switch above it, how many there are, how to go on, and more rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import state
from app.components.trace_rows import Height
from app.components.trace_table import HEADER_PX, ROW_PX
from app.format import count, escape_markdown, money, plural
from app.selection import LISTS, SORTS, Selection
from collector.store.records import OutcomeCounts

MOST_ROWS = 1_000
_FEW_ROWS = 15


@contextmanager
def top(selection: Selection) -> Iterator[None]:
    """What is listed; what is drawn inside stands on the right."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="list_top"
    ):
        draw_switch(selection)
        with st.container(horizontal=True, width="content", key="list_views"):
            yield


def bar(line: str) -> DeltaGenerator:
    """The line above the list, Markdown; a container for what stands on its right."""
    block = st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="count_line"
    )
    block.markdown(line, width="content")
    return block.container(
        horizontal=True, vertical_alignment="center", width="content", gap="xsmall", key="list_actions"
    )


def draw_switch(selection: Selection) -> None:
    def go() -> None:
        state.go_to_list(str(state.chosen("listing") or selection.listing))

    st.segmented_control(
        "List",
        list(LISTS),
        format_func=LISTS.__getitem__,
        key=state.seed("listing", selection.listing),
        on_change=go,
        required=True,
        label_visibility="collapsed",
    )


def draw_sort(selection: Selection) -> None:
    st.selectbox(
        "Sort",
        selection.sorts,
        index=selection.sorts.index(selection.sort),
        format_func=SORTS.__getitem__,
        key=state.follow("sort"),
        on_change=state.take,
        args=("sort",),
        label_visibility="collapsed",
        width=172,
    )


def draw_compare(ticked: Sequence[str]) -> None:
    """Offered when two are ticked."""
    if len(ticked) == 2:
        older, newer = ticked
        st.button(
            "Compare",
            icon=":material/compare_arrows:",
            type="primary",
            key="compare",
            on_click=state.open_compare,
            args=(older, newer),
            help="Sets the two ticked traces beside each other.",
        )
    elif ticked:
        st.caption("1 ticked: tick another to compare", width="content")


def fitting(rows: int) -> Height:
    """The height for a list of so many rows: a few are shown whole, more fill the window."""
    return ROW_PX * rows + HEADER_PX if rows <= _FEW_ROWS else "stretch"


def draw_foot(selection: Selection, rows: int, step: int, *, has_more: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="list_foot"):
        zone = escape_markdown(str(state.viewer_zone()))
        ticks = ", X ticks" if selection.listing == "traces" else ""
        keys = f"Arrow keys or J and K step through the rows, Enter opens{ticks}."
        st.caption(f"{keys} Times in {zone}.", width="content")
        if has_more:
            _draw_more(selection, rows, step)


def _draw_more(selection: Selection, rows: int, step: int) -> None:
    """A button for more rows, up to what one read gives."""
    if rows >= MOST_ROWS:
        st.caption(f"The first {count(MOST_ROWS)} are shown. Narrow the search to see the others.", width="content")
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
    if shown > counts.total:  # looking for words, the list came further than the count
        return f"**{count(shown)} of {many(shown, counts.is_capped, 'trace')} shown**"
    plus = "+" if counts.is_capped else ""
    parts = [f"**{count(shown)} of {many(counts.total, counts.is_capped, 'trace')} shown**"]
    for outcome in ("failed", "recovered", "running", "incomplete"):
        if number := getattr(counts, outcome):
            parts.append(f"{count(number)}{plus} {outcome}")
    if counts.cost_usd is not None:
        newest = f" for the newest {count(counts.total)}" if counts.is_capped else ""
        parts.append(escape_markdown(money(counts.cost_usd)) + newest)
    if counts.unpriced_spans:
        parts.append(f"{plural(counts.unpriced_spans, 'call')} without a known price")
    return ", ".join(parts)


def many(total: int, is_capped: bool, noun: str) -> str:
    """271 traces, 10,000+ calls."""
    return f"{count(total)}+ {noun}s" if is_capped else plural(total, noun)
