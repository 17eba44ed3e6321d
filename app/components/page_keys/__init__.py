"""What the keyboard does, a key away: a button and `?` tell it. Links in toasts stay in their tab, like all others."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

KEYS = (
    ("Every page", (("?", "Show this"), ("Tab", "Go to the next control"), ("Esc", "Close what lies over the page"))),
    (
        "Lists",
        (
            ("↑ ↓ or K J", "Go through the rows"),
            ("Home End", "To the first, to the last"),
            ("Enter", "Open the row"),
            ("Ctrl or ⌘ + click", "Open it in a tab of its own"),
            ("X", "Tick a trace, to compare two"),
        ),
    ),
    (
        "Trace",
        (
            ("J K", "The next, the previous trace of the list"),
            ("E", "The next error"),
            ("Enter", "Look at the row's span"),
        ),
    ),
    (
        "Waterfall",
        (
            ("↑ ↓", "Go through the spans"),
            ("→ ←", "Open and close"),
            ("Home End", "To the first, to the last"),
            ("+ − 0", "Zoom in and out, see the whole run"),
        ),
    ),
)
_HERE = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "msgtrace_page_keys", css=(_HERE / "page_keys.css").read_text(), js=(_HERE / "page_keys.js").read_text()
)


def page_keys() -> None:
    _COMPONENT(key="page_keys", data={"keys": KEYS}, height="content")
