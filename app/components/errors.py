"""The errors of a period that deserve a look, each with a link to what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from app import state
from app.components.panel import panel
from app.format import cut, escape_markdown, moment, one_line, plural
from app.frames.errors import error_name
from app.frames.headline import LOUD, worth_a_look
from collector.store.records import ErrorGroup

SHOWN = 3
_LINE_LETTERS = 80


def draw_errors(groups: Sequence[ErrorGroup], zone: tzinfo, now_ns: int) -> None:
    """New and reopened ones; the known ones where nothing is new."""
    found = worth_a_look(groups)
    is_news = bool(found) and found[0].state in LOUD
    note = plural(len(found), "error") if found else ""
    meaning = "One line a fault: the same exception, message and place. New: first seen in the last 24 hours."
    with panel("errors", "New errors" if is_news else "Latest errors", note, help=meaning):
        if not found:
            st.text("No span failed.")
        for position, error in enumerate(found[:SHOWN]):
            _draw(error, position, zone, now_ns)
        if groups:
            st.page_link(
                state.ERRORS_PAGE,
                label=f"All {plural(len(groups), 'error')}" if len(groups) > 1 else "Errors",
                icon=":material/arrow_forward:",
                icon_position="right",
                query_params=state.page_params(),
            )


def _draw(error: ErrorGroup, position: int, zone: tzinfo, now_ns: int) -> None:
    with st.container(key=f"fault_{position}", gap=None):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"
        ):
            st.page_link(
                state.ERRORS_PAGE,
                label=f"**{escape_markdown(cut(error_name(error), 22))}**",
                icon=":material/error:",
                query_params=state.page_params(error=error.fingerprint),
                help="Its stack trace, and the runs that have it.",
            )
            st.caption(f"{plural(error.runs, 'run')}, last {moment(error.last_seen_ns, zone, now_ns)}", width="content")
        where, said = (error.workflows[0][0] if error.workflows else None), one_line(error.message or "")
        st.text(cut(f"{one_line(where)}: {said}" if where and said else said or where or "", _LINE_LETTERS))
