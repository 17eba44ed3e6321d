"""One user: what they saw, when, and at what cost."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from app import queries, state
from app.components.detail_head import draw_figures, draw_name, draw_nothing_here, draw_way_back
from app.components.session_tables import draw_chosen_day, draw_days
from app.components.trace_table import HEADER_PX, ROW_PX, SHORT_PX, draw_trace_table
from app.frames.sessions import user_cards
from app.queries import sessions
from app.selection import Selection, day_period
from app.theme import palette
from collector.store.records import TraceFilter

RUNS = 200
ROWS = 14


def draw_user(selection: Selection, user_id: str) -> None:
    now_ns, zone = time.time_ns(), state.viewer_zone()
    wanted = replace(selection.carried().trace_filter(now_ns), user_id=user_id)
    recent = sessions.user_runs(replace(wanted, period=selection.window_of_days(now_ns)))
    draw_way_back("All users", user=None, day=None, view="users")
    draw_name(user_id, ":gray-badge[:material/person: user]")
    totals = sessions.users(wanted, "", 1)
    if not totals and not recent:
        draw_nothing_here(
            "Not in this time", "The user started no run.", "Show the last 90 days", period="90d", between=None
        )
        return
    if totals:
        draw_figures(user_cards(totals[0], zone, now_ns), "user")
    with st.container(key="lower"):
        days, runs = st.columns([1, 2.6], gap=10)
    with days:
        draw_days(recent, selection.day, palette())
    with runs:
        draw_runs(selection, wanted)


def draw_runs(selection: Selection, wanted: TraceFilter) -> None:
    """What the user saw, on the chosen day or in all of the time."""
    if selection.day:
        wanted = replace(wanted, period=day_period(selection.day, state.viewer_zone()))
        draw_chosen_day(selection.day)
    seen = queries.traces(wanted, limit=RUNS)
    if not seen.traces:
        when = "on this day" if selection.day else selection.time_in_words(state.viewer_zone())
        offer = {"offer": "All days", "day": None} if selection.day else {}
        draw_nothing_here(f"Nothing {when}", "A click on a day shows what the user saw then.", **offer)
        return
    height = ROW_PX * min(ROWS, len(seen.traces)) + HEADER_PX
    draw_trace_table(seen.traces, SHORT_PX, key="user_runs", height=height, palette=palette())
