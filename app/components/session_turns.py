"""A session turn by turn: what went in, what came out, and how it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from app import state
from app.components.long_text import FIRST_CHARACTERS, long_text
from app.format import duration, escape_markdown, moment, money
from app.frames.sessions import turn_facts
from app.theme import OUTCOME_MARKS
from collector.store.records import Turn

_COLOURS = {"failed": "red", "recovered": "orange", "running": "blue"}


def draw_conversation(turns: Sequence[Turn], first_number: int, zone: tzinfo, now_ns: int) -> None:
    """first_number: which turn of the session the first of these is."""
    for number, turn in enumerate(turns, start=first_number):
        with st.container(border=True, key=f"turn_{turn.trace.trace_id}", gap="xsmall"):
            _head(turn, number, zone, now_ns)
            _said("person", "In", turn.asked, f"asked_{turn.trace.trace_id}")
            if turn.trace.outcome == "failed":
                st.markdown(":red[:material/error: **Failed**]")
                st.text(turn.trace.error or "It failed without saying why.")
            if turn.answered or turn.trace.outcome != "failed":
                _said("auto_awesome", "Out", turn.answered, f"answered_{turn.trace.trace_id}")


def _head(turn: Turn, number: int, zone: tzinfo, now_ns: int) -> None:
    trace = turn.trace
    mark = OUTCOME_MARKS.get(trace.outcome, "")
    badge = f":{_COLOURS.get(trace.outcome, 'gray')}-badge[{mark} {escape_markdown(trace.outcome)}]"
    parts = [
        moment(trace.start_ns, zone, now_ns),
        duration(trace.duration_ms),
        money(trace.cost_usd),
        turn_facts(trace),
    ]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
            st.markdown(f"**Turn {number}** {badge}", width="content")
            st.caption(" · ".join(escape_markdown(part) for part in parts if part), width="content")
        st.page_link(
            state.TRACE_PAGE,
            label="Trace",
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params=state.trace_params(trace.trace_id),
        )


def _said(icon: str, label: str, said: str | None, key: str) -> None:
    with st.container(horizontal=True, gap="small", key=f"said_{key}"):
        st.markdown(f":gray[:material/{icon}: {label}]", width=56)
        if said is None:
            st.caption("nothing was sent")
        elif len(said) <= FIRST_CHARACTERS and not said.lstrip().startswith(("{", "[")):
            st.text(said)
        else:
            with st.container():
                long_text(said, key)


def draw_earlier(shown: int, total: int, more: int, session_id: str) -> None:
    if shown < total:
        st.button(
            f"Show earlier turns ({total - shown} more)",
            icon=":material/expand_less:",
            key="earlier",
            on_click=state.keep,
            args=(f"turns_{session_id}", shown + more),
        )
