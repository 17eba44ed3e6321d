"""Controls that write to the URL: the period and the environment of every page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Literal

import streamlit as st

from app import state
from app.format import between, escape_markdown, local, one_line
from app.selection import (
    DEFAULT_PERIOD,
    LONGEST_PERIOD_NS,
    PERIOD_LABELS,
    PERIODS,
    nanoseconds,
    sensible_period,
)

DAY_NS = 86_400 * 10**9


def draw_period() -> None:
    now = state.current()
    st.segmented_control(
        "Period",
        list(PERIODS),
        format_func=PERIOD_LABELS.__getitem__,
        default=None if now.between else now.period,
        key=state.follow_period(),
        on_change=state.take_period,
        required=now.between is None,
        label_visibility="collapsed",
        help="Everything on the page is of runs that began in this time, up to now.",
        wrap=True,
    )
    _draw_own_period()


def _draw_own_period() -> None:
    """A time of one's own choice, in the viewer's zone; what is shown now stands in it."""
    selection, zone = state.current(), state.viewer_zone()
    window = selection.window(time.time_ns())
    own = selection.between
    label = between(own.start_ns, own.end_ns, zone) if own else "Custom"
    with st.popover(label, icon=":material/date_range:", key="own_period", help="From any time to any other."):
        with st.form("own_period_form", border=False):
            start = _time_input("From", window.start_ns, zone)
            end = _time_input("To", window.end_ns, zone)
            st.caption(f"Times in {escape_markdown(str(zone))}. At most {LONGEST_PERIOD_NS // DAY_NS} days.")
            is_given = st.form_submit_button("Show", type="primary", key="own_period_show")
        if is_given:
            _take_own_period(start, end, zone)


def _take_own_period(start: datetime | None, end: datetime | None, zone: tzinfo) -> None:
    times = [nanoseconds(given.replace(tzinfo=zone)) for given in (start, end) if given]
    chosen = sensible_period(*times) if len(times) == 2 else None
    if chosen:
        state.change_page(between=chosen, period=DEFAULT_PERIOD)
    st.error("The second time has to be the later one, at most a year after the first.", icon=":material/error:")


def _time_input(label: str, ns: int, zone: tzinfo) -> datetime | None:
    shown = local(ns, zone).replace(tzinfo=None, microsecond=0)
    return st.datetime_input(label, shown, step=60, key=f"own_{label}_{ns}", format="YYYY-MM-DD")


def draw_project(projects: Sequence[str]) -> None:
    """Nothing as long as there is nothing to choose."""
    if len(projects) > 1:
        _choice("project", "Project", "All projects", projects, width="stretch")


def draw_environment(environments: Sequence[str]) -> None:
    """Nothing as long as there is nothing to choose."""
    chosen = state.current().environment
    if chosen or len(environments) > 1:
        _choice("environment", "Environment", "All environments", _with(environments, chosen), width=150)


def _choice(field: str, label: str, all_of_them: str, options: Sequence[str], width: int | Literal["stretch"]) -> None:
    st.selectbox(
        label,
        options,
        index=None,
        format_func=one_line,
        placeholder=all_of_them,
        key=state.follow(field, always=True),
        on_change=state.take,
        args=(field,),
        label_visibility="collapsed",
        width=width,
    )


def _with(options: Sequence[str], chosen: str | None) -> list[str]:
    """The options and what the URL has chosen, which this period may not have."""
    return list(options) if chosen is None or chosen in options else [chosen, *options]
