"""Controls that write to the URL: the period and the environment of every page, the filters of the list."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.format import count, one_line
from app.selection import OUTCOMES, PERIOD_LABELS, PERIODS, SORTS
from app.theme import OUTCOME_MARKS
from collector.store.records import Facets, OutcomeCounts


def draw_period() -> None:
    st.segmented_control(
        "Period",
        list(PERIODS),
        format_func=PERIOD_LABELS.__getitem__,
        key=state.follow("period"),
        on_change=state.take,
        args=("period",),
        required=True,
        label_visibility="collapsed",
        help="Everything on the page is of runs that began in this time, up to now.",
    )


def draw_environment(environments: Sequence[str]) -> None:
    """Nothing as long as there is nothing to choose."""
    chosen = state.current().environment
    if chosen or len(environments) > 1:
        _choice("environment", "Environment", "All environments", _with(environments, chosen), width=150)


def draw_search() -> None:
    st.text_input(
        "Search",
        key=state.follow("text"),
        on_change=state.take,
        args=("text",),
        type="search",
        icon=":material/search:",
        placeholder="Search inputs, outputs, errors, names, or the first characters of a trace id",
        label_visibility="collapsed",
    )


def draw_facets(counts: OutcomeCounts, facets: Facets, has_filter: bool) -> None:
    """counts: of the traces that match everything but the outcome."""
    selection = state.current()
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="facets"):
        shown = [name for name in OUTCOMES if getattr(counts, name) or name in selection.outcomes]
        if shown:
            st.pills(
                "Outcome",
                shown,
                selection_mode="multi",
                format_func=lambda name: f"{OUTCOME_MARKS[name]} {name} {count(getattr(counts, name))}",
                key=state.follow("outcomes"),
                on_change=state.take,
                args=("outcomes",),
                label_visibility="collapsed",
            )
        workflows = _with([name for name, _ in facets.workflows], selection.workflow)
        models = _with([name for name, _ in facets.models], selection.model)
        _choice("workflow", "Workflow", "All workflows", workflows, width=200)
        _choice("model", "Model", "All models", models, width=190)
        if has_filter:
            st.button("Clear", icon=":material/close:", type="tertiary", key="clear", on_click=state.clear_filters)


def draw_sort() -> None:
    st.selectbox(
        "Sort",
        list(SORTS),
        format_func=SORTS.__getitem__,
        key=state.follow("sort"),
        on_change=state.take,
        args=("sort",),
        label_visibility="collapsed",
        width=160,
    )


def _choice(field: str, label: str, all_of_them: str, options: Sequence[str], width: int) -> None:
    st.selectbox(
        label,
        options,
        index=None,
        format_func=one_line,
        placeholder=all_of_them,
        key=state.follow(field),
        on_change=state.take,
        args=(field,),
        label_visibility="collapsed",
        width=width,
    )


def _with(options: Sequence[str], chosen: str | None) -> list[str]:
    """The options and what the URL has chosen, which this period may not have."""
    return list(options) if chosen is None or chosen in options else [chosen, *options]
