"""Tables of sessions, of users, and of the days of one user."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.components.detail_head import draw_step
from app.components.link_table import Styles, draw_link_table, height_of, text, when
from app.components.trace_rows import Height
from app.format import cut, escape_markdown
from app.frames.sessions import day_rows, session_rows, user_rows
from app.theme import Palette
from collector.store.records import SessionSummary, UserRun, UserSummary

_OUTCOME = "Failed runs, else recovered ones: something inside failed, the run did not. A dot: all went well."
_COST = "Sum of the known costs."


def draw_switch() -> None:
    """Sessions or users."""
    st.segmented_control(
        "Show",
        ["sessions", "users"],
        format_func=str.capitalize,
        key=state.follow_as("view", state.current().view or "sessions"),
        on_change=state.take,
        args=("view",),
        required=True,
        label_visibility="collapsed",
    )


def draw_find() -> None:
    st.text_input(
        "Find",
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
        draw_step("to_user", said, "person", session=None, user=user_id, view="users")


def draw_chosen_day(day: str) -> None:
    st.button(
        f"Only {day}",
        icon=":material/close:",
        key="any_day",
        help="Show all days",
        on_click=state.change_page,
        kwargs={"day": None},
    )


def draw_sessions(sessions: Sequence[SessionSummary], height: Height, palette: Palette) -> str | None:
    """The session that was clicked."""
    return draw_link_table(
        session_rows(sessions, state.viewer_zone()),
        {
            "outcome": text("Outcome", _OUTCOME, 110),
            "last": when("Last turn", "In your time zone.", 110),
            "session": text("Session", "Its id as sent.", 200),
            "user": text("User", "Of its runs.", 170),
            "workflows": text("Workflows", "Of its runs in this time.", 240),
            "turns": text("Turns", "Runs in this time.", 70, right=True),
            "tokens": text("Tokens", "Input and output.", 90, right=True),
            "cost_usd": text("Cost", _COST, 90, right=True),
        },
        [session.session_id for session in sessions],
        key="sessions",
        height=height,
        alt=f"{len(sessions)} sessions. A click on a row opens the conversation.",
        style=_outcome_style([(session.failed, session.recovered) for session in sessions], palette),
        cut={"session": 200, "user": 170, "workflows": 240},
    )


def draw_users(users: Sequence[UserSummary], height: Height, palette: Palette) -> str | None:
    """The user that was clicked."""
    return draw_link_table(
        user_rows(users, state.viewer_zone()),
        {
            "outcome": text("Outcome", _OUTCOME, 130),
            "last": when("Last seen", "In your time zone.", 120),
            "user": text("User", "As sent.", 320),
            "runs": text("Runs", "In this time.", 90, right=True),
            "sessions": text("Sessions", "In this time.", 90, right=True),
            "tokens": text("Tokens", "Input and output.", 110, right=True),
            "cost_usd": text("Cost", _COST, 110, right=True),
        },
        [user.user_id for user in users],
        key="users",
        height=height,
        alt=f"{len(users)} users. A click on a row opens what the user saw.",
        style=_outcome_style([(user.failed, user.recovered) for user in users], palette),
        cut={"user": 320},
    )


def draw_days(runs: Sequence[UserRun], chosen: str | None, palette: Palette) -> str | None:
    """The day that was clicked, ISO."""
    frame = day_rows(runs, state.viewer_zone())
    colours = {"▲": palette.failed_text, "↻": palette.recovered_text}

    def style(column: str, row: int) -> str:
        ground = f"background-color:{palette.grid};" if frame["day"].iloc[row] == chosen else ""
        colour = colours.get(frame["outcome"].iloc[row][0], palette.quiet)
        return f"{ground}color:{colour}" if column == "outcome" else ground

    return draw_link_table(
        frame,
        {
            "day": text("Day", "The last 30 days at least, in your time zone; a click shows the runs of a day.", 92),
            "runs": text("Runs", "That began on this day.", 50, right=True),
            "outcome": text("Outcome", _OUTCOME, 96),
            "cost_usd": text("Cost", _COST, 70, right=True),
        },
        list(frame["day"]),
        key="days",
        height=height_of(len(frame), 14),
        alt=f"{len(frame)} days with runs. A click shows those of one day.",
        style=style,
    )


def _outcome_style(wrong: Sequence[tuple[int, int]], palette: Palette) -> Styles:
    def style(column: str, row: int) -> str:
        if column != "outcome":
            return ""
        failed, recovered = wrong[row]
        colour = palette.failed_text if failed else palette.recovered_text if recovered else palette.quiet
        return f"color:{colour}"

    return style
