"""The browser's end of the stream of ticks: says when there is something new, and whether it hears of it at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import streamlit as st

KEY = "live_component"
Mode = Literal["stream", "poll"]
"""Told by the server, or looking for itself because the server's stream can't be reached."""

_listener = st.components.v2.component("msgtrace_live", js=Path(__file__).with_name("live.js").read_text())


def listen(
    url: str,
    *,
    mode: Mode,
    drawn: int | None,
    redraw_in_ms: int | None,
    on_tick: Callable[[], None],
    on_mode: Callable[[], None],
) -> None:
    """Invisible. `on_tick` finds the version under `tick`, `on_mode` the mode under `mode`. A third, `ticket`, asks
    for a run alone, which brings a new ticket.

    url: of the stream, with a ticket. drawn: the version on the screen; None when none could be read.
    redraw_in_ms: when to tick although nothing is new; None for never.
    """
    _listener(
        key=KEY,
        data={"url": url, "mode": mode, "drawn": drawn, "redraw_in_ms": redraw_in_ms},
        on_tick_change=on_tick,
        on_mode_change=on_mode,
    )
