"""Values to filter by, with their counts. What is chosen is written into the query."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app import state
from app.format import count, cut, escape_markdown
from app.selection import Selection
from app.theme import OUTCOME_MARKS
from collector.query import Query
from collector.query.fields import OUTCOMES
from collector.store.records import FacetValues, OutcomeCounts

FACETS = {
    "workflow": "Workflow",
    "model": "Model",
    "tool": "Tool",
    "service": "Service",
    "environment": "Environment",
    "user": "User",
    "tag": "Tag",
    "version": "Version",
}
_MOST = 10_000


def draw_facets(
    selection: Selection,
    query: Query,
    counts: OutcomeCounts,
    values_of: Callable[[str], FacetValues],
    dimensions: Sequence[str],
) -> None:
    """counts: of the traces that match all but what is said of the outcome. values_of: read when one is opened."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="facets"):
        if selection.listing != "traces":
            told = "Counts are of the traces that the calls belong to, not of calls."
            st.caption("Their traces:", width="content", help=told)
        _draw_outcomes(query, counts, dimensions)
        for field, label in FACETS.items():
            _draw_facet(field, label, query, values_of, dimensions)
        if selection.has_filter:
            st.button("Clear", icon=":material/close:", type="tertiary", key="clear", on_click=state.clear_filters)


def _draw_outcomes(query: Query, counts: OutcomeCounts, dimensions: Sequence[str]) -> None:
    chosen = query.values_of("outcome")
    shown = [name for name in OUTCOMES if getattr(counts, name) or name in chosen]
    plus = "+" if counts.is_capped else ""
    if shown:
        st.pills(
            "Outcome",
            shown,
            selection_mode="multi",
            format_func=lambda name: f"{OUTCOME_MARKS[name]} {name} {count(getattr(counts, name))}{plus}",
            key=state.seed("facet_outcome", [name for name in shown if name in chosen]),
            on_change=state.choose_values,
            args=("outcome", "facet_outcome", dimensions),
            label_visibility="collapsed",
        )


def _draw_facet(
    field: str, label: str, query: Query, values_of: Callable[[str], FacetValues], dimensions: Sequence[str]
) -> None:
    chosen = query.values_of(field)
    title = label if not chosen else f"{label}: {escape_markdown(cut(', '.join(chosen), 28))}"
    popover = st.popover(
        title,
        key=f"facet_{field}_{'on' if chosen else 'off'}",
        on_change="rerun",
        type="primary" if chosen else "secondary",
    )
    if popover.open:
        with popover:
            _draw_values(field, label, chosen, values_of(field), dimensions)


def _draw_values(field: str, label: str, chosen: Sequence[str], found: FacetValues, dimensions: Sequence[str]) -> None:
    counts = dict(found.values)
    options = [*(value for value in chosen if value not in counts), *counts]
    if not options:
        st.caption(f"No trace here says its {label.lower()}.")
        return
    plus = "+" if found.is_capped else ""
    key = f"choose_{field}"
    st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=lambda value: f"{escape_markdown(cut(value, 60))} **{count(counts.get(value, 0))}{plus}**",
        key=state.seed(key, list(chosen)),
        on_change=state.choose_values,
        args=(field, key, dimensions),
        label_visibility="collapsed",
    )
    note = f"Counts are of traces that match everything else. `{field}:` in the search box finds other values."
    st.caption(f"Counted among the newest {_MOST:,}. {note}" if found.is_capped else note)
