"""Sessions & users: conversations turn by turn, and what a user saw, when, at what cost."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from app import page, queries, state
from app.components import states
from app.components.conversation import draw_conversation, draw_earlier
from app.components.detail_head import draw_figures, draw_missing, draw_name, draw_nothing_here, draw_way_back
from app.components.recipes import first_lines
from app.components.session_tables import draw_days, draw_sessions, draw_switch, draw_users
from app.components.trace_table import HEADER_PX, ROW_PX, SHORT_PX, draw_trace_table
from app.frames.sessions import listed_sentence, session_cards, user_cards
from app.queries import sessions
from app.selection import PERIOD_LABELS, Selection, day_period
from app.theme import palette
from collector.errors import NotFound
from collector.store.records import TraceFilter

LISTED = 200
TURNS = 20


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection = state.current()
        if selection.session:
            draw_session(selection.session)
        elif selection.user:
            draw_user(selection, selection.user)
        else:
            draw_lists(selection)


def draw_lists(selection: Selection) -> None:
    draw_switch()
    wanted = selection.carried().trace_filter(time.time_ns())
    shows_users = selection.view == "users"
    found = sessions.users(wanted, LISTED) if shows_users else sessions.sessions(wanted, LISTED)
    if not found:
        draw_none(selection, "users" if shows_users else "sessions")
        return
    costs, failed = [one.cost_usd for one in found], sum(one.failed for one in found)
    noun = "user" if shows_users else "session"
    st.markdown(listed_sentence(len(found), noun, costs, failed, has_more=len(found) == LISTED))
    if shows_users:
        if user := draw_users(sessions.users(wanted, LISTED), palette()):
            state.change_page(user=user)
    elif session := draw_sessions(sessions.sessions(wanted, LISTED), palette()):
        state.change_page(session=session)


def draw_none(selection: Selection, what: str) -> None:
    attribute = "session.id" if what == "sessions" else "user.id"
    widen = {"offer": "Show the last 30 days", "period": "30d"} if selection.period != "30d" else {}
    hint = f"Runs belong to {what} when a span carries the attribute {attribute}."
    draw_nothing_here(f"No {what} in the last {PERIOD_LABELS[selection.period]}", hint, **widen)


def draw_session(session_id: str) -> None:
    try:
        found = sessions.session(session_id)
    except NotFound:
        draw_missing("session", session_id, state.SESSIONS_PAGE, "All sessions")
        return
    now_ns = time.time_ns()
    shown = min(found.turns, state.kept(f"turns_{session_id}") or TURNS)
    turns = sessions.turns(session_id, shown)
    draw_way_back(state.SESSIONS_PAGE, "All sessions")
    draw_name(session_id, ":gray-badge[:material/forum: session]")
    draw_figures(session_cards(found, state.viewer_zone(), now_ns), "session")
    draw_earlier(len(turns), found.turns, TURNS, session_id)
    draw_conversation(turns, found.turns - len(turns) + 1, state.viewer_zone(), now_ns)


def draw_user(selection: Selection, user_id: str) -> None:
    now_ns = time.time_ns()
    wanted = replace(selection.carried().trace_filter(now_ns), user_id=user_id)
    draw_way_back(state.SESSIONS_PAGE, "All users", view="users")
    draw_name(user_id, ":gray-badge[:material/person: user]")
    totals = sessions.users(wanted, 1)
    if not totals:
        draw_nothing_here("Not in this time", "The user started no run.", "Show the last 30 days", period="30d")
        return
    draw_figures(user_cards(totals[0], state.viewer_zone(), now_ns), "user")
    days, runs = st.columns([1, 2.6], gap=10)
    with days:
        if day := draw_days(sessions.user_runs(wanted), selection.day, palette()):
            state.change_page(day=None if day == selection.day else day)
    with runs:
        draw_runs(selection, wanted)


def draw_runs(selection: Selection, wanted: TraceFilter) -> None:
    """What the user saw, on the chosen day or in all of the time."""
    if selection.day:
        wanted = replace(wanted, period=day_period(selection.day, state.viewer_zone()))
        st.button(
            f"{selection.day}", icon=":material/close:", key="any_day", on_click=state.change_page, kwargs={"day": None}
        )
    seen = queries.traces(wanted, limit=LISTED)
    if not seen.traces:
        draw_nothing_here("Nothing on this day", "The user started no run.", "All days", day=None)
        return
    height = ROW_PX * min(14, len(seen.traces)) + HEADER_PX
    draw_trace_table(seen.traces, SHORT_PX, key="user_runs", height=height, palette=palette())


page.head("Sessions & users")
page.content(draw)
