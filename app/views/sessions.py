"""Sessions & users: conversations turn by turn, and what a user saw, when, at what cost."""

from __future__ import annotations

import time

import streamlit as st

from app import live, page, queries, state
from app.components import states
from app.components.detail_head import draw_nothing_here
from app.components.link_table import filling
from app.components.recipes import first_lines
from app.components.session_tables import draw_find, draw_sessions, draw_switch, draw_users
from app.frames.sessions import listed_sentence
from app.queries import sessions
from app.selection import Selection
from app.theme import palette
from app.views.parts.session import draw_session
from app.views.parts.user import draw_user

LISTED = 200


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
    with st.container(horizontal=True, vertical_alignment="center", key="session_controls"):
        draw_switch()
        draw_find()
    wanted = selection.carried().trace_filter(time.time_ns())
    shows_users = selection.view == "users"
    listed = sessions.users if shows_users else sessions.sessions
    found = listed(wanted, selection.find, LISTED)
    if not found:
        draw_none(selection, "users" if shows_users else "sessions")
        return
    st.markdown(listed_sentence(found, "user" if shows_users else "session", has_more=len(found) == LISTED))
    with filling(len(found)) as height:
        if shows_users:
            chosen = {"user": draw_users(sessions.users(wanted, selection.find, LISTED), height, palette())}
        else:
            chosen = {"session": draw_sessions(sessions.sessions(wanted, selection.find, LISTED), height, palette())}
    if any(chosen.values()):
        state.change_page(**chosen)


def draw_none(selection: Selection, what: str) -> None:
    if selection.find:
        draw_nothing_here("Nothing matches", f"None of the {what} is called so.", "Clear the search", find="")
        return
    hint = f"Runs belong to {what} when a span carries the attribute {what[:-1]}.id."
    widen = (
        {"offer": "Show the last 30 days", "period": "30d", "between": None}
        if selection.period not in ("30d", "90d")
        else {}
    )
    draw_nothing_here(f"No {what} {selection.time_in_words(state.viewer_zone())}", hint, **widen)


page.head("Sessions & users")
live.content(page.telling(draw))
