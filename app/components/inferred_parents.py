"""The marked view for spans that arrived without parents: the run that their times say they belong to."""

from __future__ import annotations

import streamlit as st

from app import state
from app.format import plural
from collector.analysis.inferred import Family
from collector.store.records import TraceSummary

_EXPLANATION = (
    "msgtrace-sdk 1.2.0 sends every span as a trace of its own. The parent shown here is the shortest span of the same "
    "process that contains the other in time. It was not sent, and where runs overlap nothing is inferred. "
    "quick_start() repairs the SDK, so that parents arrive."
)


def inferred_parents_switch(family: Family, trace: TraceSummary) -> bool:
    """Whether to show the inferred run instead of what was sent; no switch where there is nothing to infer."""
    others = len(family.spans) - trace.span_count
    if others <= 0:
        return False
    with st.container(horizontal=True, vertical_alignment="center", key="inferred_parents"):
        st.toggle(
            f"Show the run it seems to belong to ({plural(others, 'more span')})",
            value=state.current().infers,
            key=state.follow("infers"),
            on_change=state.take,
            args=("infers",),
            help=_EXPLANATION,
        )
        if state.current().infers:
            st.badge("inferred parents, not sent", icon=":material/conversion_path:", color="orange")
    return state.current().infers
