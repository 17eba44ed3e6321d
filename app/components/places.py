"""Places for what may come late, as high as it will be: nothing moves when it comes, and nothing is shown for a blink.

They are drawn before the slow read and filled after it. What they look like until then is CSS, so that nothing has to
be taken away again: a place that is filled hides its bone, and once all of a page is drawn, the places left empty go.
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def place(key: str, height_px: int, parts: int = 1) -> DeltaGenerator:
    """parts: how many cards stand beside each other there; one is a list or what is like a list."""
    block = st.container(key=f"place_{key}", gap=10)
    least = f".st-key-content:not(:has(.all-drawn)) .st-key-place_{key}{{min-height:{height_px}px}}"
    bone = f'<div class="bone" style="height:{height_px}px">{"<i></i>" * parts}</div>'
    block.html(f"<style>{least}</style>{bone}")
    return block


def all_drawn() -> None:
    """To be called at the end of a page's content."""
    st.html('<i class="all-drawn"></i>')
