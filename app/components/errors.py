"""The latest different errors, each with a link to the newest run that has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from app import state
from app.components.panel import panel
from app.format import cut, escape_markdown, moment, plural
from app.frames.headline import ErrorGroup

SHOWN = 3


def draw_latest_errors(errors: Sequence[ErrorGroup], failed: int, zone: tzinfo, now_ns: int) -> None:
    with panel("errors", "Latest errors", plural(failed, "failed run") if failed else ""):
        if not errors:
            st.text("No run failed.")
        for position, error in enumerate(errors[:SHOWN]):
            _draw(error, position, zone, now_ns)
        if failed:
            st.page_link(
                state.TRACES_PAGE,
                label="All failed runs",
                icon=":material/arrow_forward:",
                icon_position="right",
                query_params=state.page_params(query="outcome:failed"),
            )


def _draw(error: ErrorGroup, position: int, zone: tzinfo, now_ns: int) -> None:
    with st.container(key=f"error_{position}", gap=None):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"
        ):
            st.page_link(
                state.TRACE_PAGE,
                label=f"**{escape_markdown(cut(error.type, 30))}**",
                icon=":material/error:",
                query_params=state.trace_params(error.newest_trace_id),
                help="Opens the newest run with this error.",
            )
            st.caption(f"{plural(error.runs, 'run')}, last {moment(error.newest_ns, zone, now_ns)}", width="content")
        where = ", ".join(error.workflows[:2])
        st.text(cut(f"{where}: {error.message}" if where else error.message, 72))
