"""Controls that write to the URL: the period and the environment of every page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.format import one_line
from app.selection import PERIOD_LABELS, PERIODS


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
