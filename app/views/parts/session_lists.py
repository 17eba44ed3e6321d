"""The lists of sessions and of users."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from app import state
from app.components.detail_head import draw_nothing_here, wider
from app.components.places import place
from app.components.session_tables import SESSIONS, USERS, draw_find, draw_sessions, draw_switch, draw_users
from app.frames.sessions import listed_sentence
from app.queries import sessions
from app.selection import Selection
from app.theme import palette

LISTED = 200
_LIST_PX = 770


def draw_lists(selection: Selection) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="session_controls"):
        draw_switch()
        draw_find()
    with place("list", _LIST_PX):
        draw_listed(selection)


def draw_listed(selection: Selection) -> None:
    now_ns, words = time.time_ns(), selection.time_in_words(state.viewer_zone())
    wanted = selection.carried().trace_filter(now_ns)
    shows_users = selection.view == USERS
    listed = sessions.users if shows_users else sessions.sessions
    found = listed(wanted, selection.find, LISTED)
    is_older = bool(not found and selection.find)
    if is_older:  # who is looked for by name need not have been here in the chosen time
        wanted = replace(wanted, period=selection.window_of_days(now_ns))
        found = listed(wanted, selection.find, LISTED)
    if not found:
        draw_none(selection, USERS if shows_users else SESSIONS)
        return
    told = listed_sentence(found, "user" if shows_users else "session", has_more=len(found) == LISTED)
    st.markdown(f"{told} in the last 30 d; none {words}." if is_older else told)
    if shows_users:
        draw_users(sessions.users(wanted, selection.find, LISTED), palette())
    else:
        draw_sessions(sessions.sessions(wanted, selection.find, LISTED), palette())


def draw_none(selection: Selection, what: str) -> None:
    if selection.find:
        draw_nothing_here("Nothing matches", f"None of the {what} is called so.", "Clear the search", find="")
        return
    hint = f"Runs belong to {what} when a span carries the attribute {what[:-1]}.id."
    draw_nothing_here(f"No {what} {selection.time_in_words(state.viewer_zone())}", hint, **wider(selection))
