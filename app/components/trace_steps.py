"""Two buttons on a trace that step through the list it was opened from."""

from __future__ import annotations

import streamlit as st

from app import state


def draw_steps(before: str | None, after: str | None) -> None:
    """The traces above and below in the list; None at its ends."""
    with st.container(horizontal=True, gap="xxsmall", width="content", key="trace_steps"):
        _step("Previous", before, "keyboard_arrow_up", "K")
        _step("Next", after, "keyboard_arrow_down", "J")


def _step(label: str, trace_id: str | None, icon: str, shortcut: str) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"step_{shortcut}",
        type="tertiary",
        shortcut=shortcut,
        disabled=trace_id is None,
        help=f"{label} trace of the list: {shortcut}" if trace_id else "The list ends here",
        on_click=state.change,
        kwargs={"trace_id": trace_id, "span_id": None, "infers": False} if trace_id else {},
    )
