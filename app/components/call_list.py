"""What stands above and below the calls of a tool."""

from __future__ import annotations

import streamlit as st

from app import state
from app.format import count
from app.selection import Selection
from collector.store.records import Calls

_MOST_PAGES = 10


def draw_call_filter(calls: Calls) -> None:
    wrong = calls.failed + calls.returned_errors
    st.toggle(
        f"Only those that went wrong ({count(wrong)})",
        value=state.current().only_errors,
        key=state.follow("only_errors"),
        on_change=state.take,
        args=("only_errors",),
        help="Calls that failed, and errors that the tool answered under status ok.",
    )


def draw_more_calls(selection: Selection, shown: int, pages: int, *, has_more: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="list_foot"):
        st.caption(f"The newest {count(shown)}. A click on a row opens the call in its trace.", width="content")
        if has_more and pages < _MOST_PAGES:
            st.button(
                "Show 50 more",
                icon=":material/expand_more:",
                key="more",
                on_click=state.show_more,
                args=(selection, pages + 1),
            )
