"""A page that refreshes by itself and is calm: a tick redraws only what changes, and only when it has changed.

The tick comes from the server's stream; where that can't be reached, from streamlit-autorefresh. Both stand in a
fragment of their own, whose callback reruns the fragments that change by name. So neither an idle tick nor a new span
ever reruns the whole page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit_autorefresh import _component_func as autorefresh

from app import queries, state
from app.components import live as browser
from app.components.new_pill import draw_new_pill
from app.format import clock
from collector.errors import MsgtraceError, Retryable

INTERVAL_MS = 2_500
GAP_PX = 10
PAINT_S = 0.3
_CONTENT = "content"
_PULSE = "pulse"
_NEWS = "news"
_TICK = "tick"
_UNREACHABLE = ":material/cloud_off: no connection to the database"
_SOONEST_MS = 1_000
_DIGITS = 20


class Stamp(NamedTuple):
    """What decides whether to draw again. None during an outage."""

    version: int | None
    end_ns: int | None
    """The end of the period; None on a page that shows none."""


def content(
    draw: Callable[[], None], *, follows_clock: bool = True, arrivals: Callable[[int], int] | None = None
) -> None:
    """Draws the changing part of a page; it is drawn again whenever there is something new. Call it after `pulse`.

    follows_clock: whether it shows a period, which moves on although nothing is new.
    arrivals: how much came since a time, for a page that calls `hold_rows`.
    """

    def spaced() -> None:
        state.keep("drawn", _stamp(follows_clock))
        state.keep("held_since_ns", None)
        with st.container(gap=GAP_PX, key="content"):
            draw()
        if arrivals:
            _news(follows_clock, arrivals)

    st.fragment(key=_CONTENT)(spaced)()
    _tick(follows_clock)  # last, so that it says what has been drawn


def hold_rows() -> None:
    """To be called where a list is drawn whose rows must not move while somebody reads or selects them.

    From then on a tick draws a pill that counts what came since, and the pill loads it.
    """
    state.keep("held_since_ns", queries.freshness().newest_received_ns or 0)


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
        freshness = _freshness_text()
        st.caption(freshness, width="content")
        if selection.is_paused:
            _button("Paused", ":material/pause:", "live_paused", "The page stands still. Click to let new data in.")
        elif freshness == _UNREACHABLE:
            goes_on = "The page goes on by itself as soon as the database answers. Click to pause."
            _button("Trying again", ":material/sync_problem:", "live_trying", goes_on)
        elif _mode() == "stream":
            told = "New data appears by itself, as soon as it is stored. Click to pause."
            _button("Live", ":material/sensors:", "live_running", told)
        else:
            every = f"{INTERVAL_MS / 1000:g} s"
            looks = f"The server's stream can't be reached: the page looks for new data every {every}. Click to pause."
            _button(f"Live, every {every}", ":material/sync:", "live_polling", looks)


@st.fragment(key=_NEWS)
def _news(follows_clock: bool, arrivals: Callable[[int], int]) -> None:
    """What the rows that are held don't show yet; a part of the content, so that new rows begin without."""
    since_ns = state.kept("held_since_ns")
    if since_ns is None:
        return
    state.keep("drawn", _stamp(follows_clock))
    with st.container(key="news"), suppress(MsgtraceError):
        draw_new_pill(arrivals(since_ns), queries.MOST_ARRIVALS, _load)


@st.fragment(key=_TICK)
def _tick(follows_clock: bool) -> None:
    """The invisible clock."""
    if state.current().is_paused:
        return
    drawn: Stamp = state.kept("drawn")
    with st.container(key="live_tick"):
        browser.listen(
            queries.stream_url(),
            mode=_mode(),
            drawn=drawn.version,
            redraw_in_ms=drawn.end_ns and max(_SOONEST_MS, (drawn.end_ns - time.time_ns()) // 1_000_000),
            on_tick=partial(_tick_came, follows_clock),
            on_mode=_mode_changed,
        )
        if _mode() == "poll":
            look = partial(_redraw_if_new, follows_clock)
            autorefresh(interval=INTERVAL_MS, limit=None, debounce=False, key="tick", on_change=look)


def _button(label: str, icon: str, key: str, help_text: str) -> None:
    st.button(label, icon=icon, key=key, help=help_text, on_click=state.toggle_live)


def _mode() -> browser.Mode:
    """As the browser last said; hopeful before that."""
    return "poll" if state.kept("live_mode") == "poll" else "stream"


def _mode_changed() -> None:
    state.keep("live_mode", state.reported(browser.KEY, "mode"))
    _rerun([_PULSE, _TICK])


def _tick_came(follows_clock: bool) -> None:
    told = state.reported(browser.KEY, "tick") or ""
    if told.isdecimal() and len(told) < _DIGITS:
        queries.look_again_before(int(told))
    _redraw_if_new(follows_clock)


def _redraw_if_new(follows_clock: bool) -> None:
    if _stamp(follows_clock) != state.kept("drawn"):
        _rerun([_PULSE, _CONTENT if state.kept("held_since_ns") is None else _NEWS, _TICK])


def _load() -> None:
    """Of the pill."""
    st.rerun([_PULSE, _CONTENT, _TICK])


def _rerun(fragments: Sequence[str]) -> None:
    """Runs these instead of the one that the callback belongs to.

    A tick that came while the viewer did something shares that run, and must not take its place: what the viewer
    asked for would be lost. It is due again afterwards, since `drawn` still is what it was.
    """
    context = get_script_run_ctx()
    if context and len(context.fragment_ids_this_run or ()) == 1:
        st.rerun(fragments)


def _stamp(follows_clock: bool) -> Stamp:
    selection = state.current()
    end_ns = selection.window(time.time_ns()).end_ns if follows_clock else None
    try:
        return Stamp(queries.freshness().version, end_ns)
    except Retryable:
        return Stamp(None, end_ns)


def _freshness_text() -> str:
    try:
        newest_ns = queries.freshness().newest_received_ns
    except Retryable:
        return _UNREACHABLE
    if newest_ns is None:
        return ":material/schedule: no data yet"
    zone = state.viewer_zone()
    return f":material/schedule: data to {clock(newest_ns, zone)}"
