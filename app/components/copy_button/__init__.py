"""A button that copies a long text whole, although the page holds only a piece of it.

The text is sent when somebody clicks, and only then. What stands in an st.code has Streamlit's own button.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from app import state

_HERE = Path(__file__).parent
_HTML = (
    '<button type="button"><svg viewBox="0 0 16 16" aria-hidden="true"><rect x="5.5" y="5.5" width="8" height="8" '
    'rx="1.5"/><path d="M10.5 3.5v-1h-8v8h1"/></svg><span class="label" aria-live="polite"></span></button>'
)
_COMPONENT = st.components.v2.component(
    "msgtrace_copy_button",
    html=_HTML,
    css=(_HERE / "copy_button.css").read_text(),
    js=(_HERE / "copy_button.js").read_text(),
)


def copy_button(text: Callable[[], str], key: str, label: str = "Copy all", help_text: str = "") -> None:
    """`text` is asked for only after a click. `label` and `help_text` are plain text."""
    wanted = text() if state.takes_copy(key) else None
    _COMPONENT(
        key=f"copy_{key}_button",
        data={"text": wanted, "label": label, "help": help_text},
        on_wanted_change=lambda: state.wants_copy(key),
        height="content",
        width="content",
    )
