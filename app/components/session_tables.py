"""Tables of sessions, of users, and of the days of one user."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.components.detail_head import draw_step
from app.components.trace_list import fitting
from app.components.trace_rows import draw_rows
from app.components.trace_table import height_of
from app.format import cut, escape_markdown, plural
from app.frames.sessions import (
    DAY_COLUMNS,
    SESSION_COLUMNS,
    USER_COLUMNS,
    day_rows,
    session_rows,
    user_rows,
)
from app.theme import Palette
from collector.store.records import SessionSummary, UserRun, UserSummary

SESSIONS, USERS = "sessions", "users"
"""What the page lists: the first as usual, the second by the URL."""
_REST_PX = 162
"""Of the lists' page: what is above and below them."""


def draw_switch() -> None:
    """Sessions or users."""
    shown = USERS if state.current().view == USERS else SESSIONS
    st.segmented_control(
        "Show",
        [SESSIONS, USERS],
        format_func=str.capitalize,
        default=shown,
        key=state.follow_as("view", shown),
        on_change=state.take,
        args=("view",),
        required=True,
        label_visibility="collapsed",
    )


def draw_find() -> None:
    st.text_input(
        "Find",
        value=state.current().find,
        key=state.follow("find"),
        on_change=state.take,
        args=("find",),
        type="search",
        icon=":material/search:",
        placeholder="Find by a part of the session or user id",
        label_visibility="collapsed",
        width=340,
    )


def draw_user_link(user_id: str | None) -> None:
    if user_id:
        said = f"All that {escape_markdown(cut(user_id, 60))} saw"
        draw_step("to_user", said, "person", session=None, user=user_id, view=USERS)


def draw_chosen_day(day: str) -> None:
    st.button(
        f"Only {day}",
        icon=":material/close:",
        key="any_day",
        help="Show all days",
        on_click=state.change_page,
        kwargs={"day": None},
    )


def draw_sessions(sessions: Sequence[SessionSummary], palette: Palette) -> None:
    """A click on a row opens the conversation."""
    rows = session_rows(sessions, state.viewer_zone(), lambda id_: state.selection_link("sessions", session=id_))
    label = f"{plural(len(sessions), 'session')}: a row opens the conversation"
    draw_rows(
        rows,
        SESSION_COLUMNS,
        key="sessions",
        height=fitting(len(rows)),
        palette=palette,
        label=label,
        rest_px=_REST_PX,
    )


def draw_users(users: Sequence[UserSummary], palette: Palette) -> None:
    """A click on a row opens what the user saw."""
    rows = user_rows(users, state.viewer_zone(), lambda id_: state.selection_link("sessions", user=id_))
    label = f"{plural(len(users), 'user')}: a row opens what the user saw"
    draw_rows(
        rows, USER_COLUMNS, key="users", height=fitting(len(rows)), palette=palette, label=label, rest_px=_REST_PX
    )


def draw_days(runs: Sequence[UserRun], chosen: str | None, palette: Palette) -> None:
    """A click on a day shows the runs of that day, a second click those of all."""

    def to(day: str) -> str:
        return state.selection_link("sessions", day=None if day == chosen else day)

    rows = day_rows(runs, state.viewer_zone(), chosen, to)
    label = f"{plural(len(rows), 'day')} with runs: a row shows those of the day"
    draw_rows(rows, DAY_COLUMNS, key="days", height=height_of(len(rows), 14), palette=palette, label=label, cards_px=0)
