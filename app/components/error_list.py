"""The list of errors and the states to filter it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app import state
from app.components.trace_list import fitting
from app.components.trace_rows import draw_rows
from app.format import count, plural
from app.frames.errors import ERROR_COLUMNS, STATE_MARKS, error_rows
from app.theme import Palette
from collector.store.records import ErrorGroup


def draw_states(counts: Mapping[str, int], chosen: str | None) -> None:
    shown = list(counts) if chosen is None or chosen in counts else [*counts, chosen]
    st.pills(
        "State",
        shown,
        format_func=lambda name: f"{STATE_MARKS[name]} {name} {count(counts.get(name, 0))}",
        default=chosen,
        key=state.follow("error_state"),
        on_change=state.take,
        args=("error_state",),
        label_visibility="collapsed",
    )


def draw_error_table(groups: Sequence[ErrorGroup], palette: Palette) -> None:
    """A click on a row opens the error."""
    rows = error_rows(
        groups, state.viewer_zone(), lambda fingerprint: state.selection_link("errors", error=fingerprint)
    )
    label = f"{plural(len(groups), 'error')}: a row opens it"
    draw_rows(
        rows, ERROR_COLUMNS, key="error_groups", height=fitting(len(rows)), palette=palette, label=label, rest_px=146
    )
