"""Which view of a trace is shown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state


def view_switch(views: Sequence[str]) -> str:
    """The view that the URL names, else the first; the choice goes to the URL."""
    named = state.current().view
    shown = named if named is not None and named in views else views[0]
    st.segmented_control(
        "View",
        views,
        format_func=str.capitalize,
        required=True,
        key=state.follow_as("view", shown),
        on_change=state.take,
        args=("view",),
        label_visibility="collapsed",
    )
    return shown
