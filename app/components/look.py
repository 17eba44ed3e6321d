"""How the texts of a span are shown: laid out, as markdown's source, or as JSON."""

from __future__ import annotations

import streamlit as st

from app import state
from app.selection import LOOKS

_LABELS = {"text": "Text", "markdown": "Source", "json": "JSON"}
_HELP = "Text as written, markdown's source with its marks in colour, or the messages as JSON."


def look_switch(facts: str) -> str:
    """Draws a line of facts (our words or escaped) with the switch at its end; returns the chosen look.

    It is the same for every span.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="look_line", wrap=False):
        st.markdown(f":small[{facts}]" if facts else "", width="stretch")
        st.segmented_control(
            "Show texts as",
            LOOKS,
            format_func=_LABELS.__getitem__,
            default=state.current().look,
            required=True,
            key=state.follow("look"),
            on_change=state.take,
            args=("look",),
            label_visibility="collapsed",
            help=_HELP,
        )
    return state.current().look
