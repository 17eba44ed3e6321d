"""The pill that says what a list does not show yet."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

KEY = "new_pill"


def draw_new_pill(arrivals: int, most: int, on_load: Callable[[], None]) -> None:
    """Nothing for none. `most`: what `arrivals` was counted up to."""
    if arrivals:
        st.button(
            f"{arrivals} new" if arrivals < most else f"{most - 1}+ new",
            icon=":material/arrow_upward:",
            key=KEY,
            type="primary",
            help="Traces that came or changed since this list was drawn. It stands still until you load them.",
            on_click=on_load,
        )
