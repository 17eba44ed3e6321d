"""The password that stands before every page."""

from __future__ import annotations

import hmac
import math
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import streamlit as st

from app import sign_in, state
from app.components.frame import name_tab

ATTEMPTS = 5
WINDOW_S = 60.0


class AttemptLimit:
    """At most ATTEMPTS wrong passwords in WINDOW_S seconds, for all sessions of the process together."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: deque[float] = deque()
        self._lock = Lock()

    def wait_s(self) -> int:
        """Seconds until the next attempt is allowed; 0 when it is now."""
        with self._lock:
            return self._wait_s()

    def check(self, given: str, password: str) -> bool:
        """Whether `given` is right. Nothing is compared while too many attempts have failed."""
        with self._lock:
            if self._wait_s():
                return False
            right = hmac.compare_digest(given.encode(), password.encode())
            if not right:
                self._failures.append(self._now())
            return right

    def _wait_s(self) -> int:
        now = self._now()
        while self._failures and now - self._failures[0] >= WINDOW_S:
            self._failures.popleft()
        return 0 if len(self._failures) < ATTEMPTS else math.ceil(WINDOW_S - (now - self._failures[0]))


@st.cache_resource(show_spinner=False)
def _limit() -> AttemptLimit:
    return AttemptLimit()


def given_cookie() -> str | None:
    """As the browser sent it when this tab was opened."""
    return st.context.cookies.get(sign_in.COOKIE)


def require(password: str | None, wordmark: Path) -> None:
    """Returns only for a viewer who has given the password; for anyone else the page ends here."""
    if password is None or sign_in.admits(given_cookie(), password):
        return
    if state.is_signed_in():
        _fetch_cookie()
        return
    name_tab("Sign in")
    limit = _limit()
    with st.container(horizontal_alignment="center", key="gate"), st.container(width=380, gap="small"):
        with st.form("gate_form", border=True):
            st.image(wordmark, width=132, alt="msgtrace")
            given = st.text_input("Password", type="password", autocomplete="current-password", key="gate_password")
            sent = st.form_submit_button("Open the dashboard", type="primary", width="stretch")
        if sent and limit.check(given or "", password):
            state.sign_in(sign_in.ticket_url(password))
            st.rerun()
        if wait_s := limit.wait_s():
            st.error(f"Too many wrong passwords. Try again in {wait_s} seconds.", icon=":material/lock_clock:")
        elif sent:
            st.error("That is not the password.", icon=":material/lock:")
        days = sign_in.COOKIE_S // 86_400
        st.caption(f"MSGTRACE_DASHBOARD_PASSWORD on the server. This browser stays signed in for {days} days.")
    st.stop()


def _fetch_cookie() -> None:
    """An invisible picture whose answer sets the cookie, for reloads and new tabs."""
    if url := state.take_ticket_url():
        with st.container(key="ticket"):
            st.html(f'<img src="{url}" alt="" width="1" height="1">')
