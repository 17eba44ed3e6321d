"""A page that refreshes by itself and is calm: a tick asks for one number and redraws only when it is another.

The tick comes from streamlit-autorefresh, inside a fragment of its own. Its callback reruns the fragment with the
page's content by name, so neither an idle tick nor a new span ever reruns the whole page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit_autorefresh import _component_func as autorefresh

from app import queries, state
from app.format import clock
from app.selection import Selection
from collector.errors import Retryable

INTERVAL_MS = 2_500
GAP_PX = 10
PAINT_S = 0.3
_CONTENT = "content"
_PULSE = "pulse"
_TICK = "tick"

Stamp = tuple[int, int] | None
"""What decides whether to draw again: the data's version and the end of the period. None during an outage."""


def content(draw: Callable[[], None]) -> None:
    """Draws the changing part of a page; it is drawn again whenever there is something new. Call it after `pulse`."""

    def spaced() -> None:
        state.keep("drawn", _stamp(state.current()))  # before: what comes meanwhile is not in the drawing
        with st.container(gap=GAP_PX, key="content"):
            draw()

    st.fragment(key=_CONTENT)(spaced)()
    _tick()  # last, since its frame loads scripts of its own


def let_paint(what: str) -> None:
    """Lets the browser show what it has got, the first time a session draws `what`.

    What comes next makes it load the code of charts and tables. Sent at once, it would hold back what is there
    already; a moment later, it is on the screen no later than otherwise.
    """
    if state.is_first_sight(what):
        time.sleep(PAINT_S)


@st.fragment(key=_PULSE)
def pulse() -> None:
    """How fresh the data is, and the button that pauses."""
    selection = state.current()
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content", key="live_line"):
        st.caption(_freshness_text(), width="content")
        if selection.is_paused:
            _button("Paused", ":material/pause:", "live_paused", "The page stands still. Click to let new data in.")
        else:
            _button("Live", ":material/sensors:", "live_running", "New data appears by itself. Click to pause.")


@st.fragment(key=_TICK)
def _tick() -> None:
    """The invisible clock."""
    selection = state.current()
    if not selection.is_paused:
        with st.container(key="live_tick"):
            look = partial(_redraw_if_new, state.kept("drawn"))
            autorefresh(interval=INTERVAL_MS, limit=None, debounce=False, key="tick", on_change=look)


def standing() -> None:
    """How fresh the data is, on a page that stands still because things are changed on it.

    A tick that comes while such a page makes a change would take the place of the run that shows its result.
    """
    st.caption(_freshness_text(), width="content")


def _button(label: str, icon: str, key: str, help_text: str) -> None:
    st.button(label, icon=icon, key=key, help=help_text, on_click=state.toggle_live)


def _redraw_if_new(drawn: Stamp) -> None:
    if _stamp(state.current()) != drawn:
        st.rerun([_PULSE, _CONTENT, _TICK])


def _stamp(selection: Selection) -> Stamp:
    try:
        version = queries.freshness().version
    except Retryable:
        return None
    return version, selection.window(time.time_ns()).end_ns


def _freshness_text() -> str:
    try:
        newest_ns = queries.freshness().newest_received_ns
    except Retryable:
        return ":material/cloud_off: no connection to the database"
    if newest_ns is None:
        return ":material/schedule: no data yet"
    zone = state.viewer_zone()
    return f":material/schedule: data to {clock(newest_ns, zone)}"
