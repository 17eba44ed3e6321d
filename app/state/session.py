"""What is remembered of a viewer until the session ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.selection import Selection


def is_signed_in() -> bool:
    return bool(st.session_state.get("signed_in"))


def sign_in(ticket_url: str) -> None:
    st.session_state["signed_in"] = True
    st.session_state["ticket_url"] = ticket_url


def take_ticket_url() -> str | None:
    """Where the browser gets its cookie, once after signing in."""
    url: str | None = st.session_state.pop("ticket_url", None)
    return url


def is_first_sight(what: str) -> bool:
    """Whether this session draws `what` now and drew something else, or nothing, before."""
    before, st.session_state["drawn"] = st.session_state.get("drawn"), what
    return bool(before != what)


def rows_shown(selection: Selection, step: int) -> int:
    """How many rows of the list to show: `step`, or more once the viewer has asked for them."""
    asked_for, rows = st.session_state.get("rows_shown", (None, step))
    return int(rows) if asked_for == selection else step


def show_more(selection: Selection, rows: int) -> None:
    st.session_state["rows_shown"] = (selection, rows)


def reveal(keys: Sequence[str]) -> None:
    """Opens the expanders with these keys when they are drawn next."""
    for key in keys:
        st.session_state[key] = True


def keep(name: str, value: object) -> None:
    """Remembers something for this viewer until the session ends; None forgets it."""
    st.session_state[f"kept_{name}"] = value


def reads_only() -> bool:
    """Whether nothing can be changed from here: what would is off."""
    return bool(kept("reads_only"))


def kept(name: str) -> Any:
    """What was kept under that name, else None."""
    return st.session_state.get(f"kept_{name}")


def is_narrow() -> bool:
    """Whether the viewer's page is as narrow as a phone's: it says so itself, or a component has measured it."""
    agent = st.context.headers.get("User-Agent", "")
    return bool(st.session_state.get("narrow", "Mobi" in agent))


def take_width(is_narrow: bool) -> None:
    st.session_state["narrow"] = is_narrow
