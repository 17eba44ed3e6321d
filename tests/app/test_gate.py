from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app import sign_in
from app.components.gate import ATTEMPTS, WINDOW_S, AttemptLimit
from tests.app.conftest import FakeStore, open_page, words

PAGES = ["home", "traces", "trace", "connect"]


def try_password(dashboard: AppTest, password: str) -> AppTest:
    dashboard.text_input[0].set_value(password)
    return dashboard.button[0].click().run()


@pytest.fixture
def locked(dashboard: AppTest, store: FakeStore) -> AppTest:
    store.password = "correct horse"
    return dashboard


@pytest.mark.parametrize("page", PAGES)
def test_no_deep_link_passes_the_gate(locked: AppTest, store: FakeStore, page: str) -> None:
    open_page(locked, page, trace="0af7651916cd43dd8448eb211c80319c")
    assert [field.label for field in locked.text_input] == ["Password"]
    assert store.asked == []
    assert not locked.title


def test_the_right_password_opens_the_page_that_was_asked_for(locked: AppTest) -> None:
    open_page(locked, "traces", period="7d")
    try_password(locked, "correct horse")
    assert not locked.exception
    assert [title.value for title in locked.title] == ["Traces"]
    assert locked.query_params["period"] in ("7d", ["7d"])


def test_a_wrong_password_opens_nothing(locked: AppTest, store: FakeStore) -> None:
    try_password(locked.run(), "correct hors")
    assert "not the password" in words(locked)
    assert store.asked == []


def test_after_too_many_attempts_even_the_right_password_waits(locked: AppTest, store: FakeStore) -> None:
    locked.run()
    for _ in range(ATTEMPTS):
        try_password(locked, "guess")
    try_password(locked, "correct horse")
    assert "Too many wrong passwords. Try again in" in words(locked)
    assert store.asked == []


def test_a_browser_that_has_signed_in_before_is_not_asked_again(locked: AppTest, store: FakeStore) -> None:
    routes = sign_in.routes(lambda: store.password)
    with TestClient(Starlette(routes=routes)) as browser:
        browser.get(sign_in.ticket_url("correct horse"))
        store.cookie = browser.cookies[sign_in.COOKIE]
    assert [title.value for title in open_page(locked, "traces").title] == ["Traces"]
    assert "Sign out" in "".join(element.value for element in locked.get("html"))


def test_a_cookie_for_an_older_password_opens_nothing(locked: AppTest, store: FakeStore) -> None:
    store.cookie = sign_in.ticket_url("an older one").rpartition("/")[2]
    assert not open_page(locked, "home").title
    assert store.asked == []


def test_the_ticket_for_the_cookie_is_given_once_and_only_with_the_right_password(locked: AppTest) -> None:
    def tickets(page: AppTest) -> int:
        return sum(sign_in.TICKET_PATH in str(element.value) for element in page.get("html"))

    assert tickets(try_password(locked.run(), "wrong")) == 0
    assert tickets(try_password(locked, "correct horse")) == 1
    assert tickets(locked.run()) == 0


def test_without_a_password_there_is_no_gate(dashboard: AppTest) -> None:
    assert [title.value for title in dashboard.run().title] == ["Home"]


def test_attempts_are_allowed_again_when_the_window_has_passed() -> None:
    now = [0.0]
    limit = AttemptLimit(now=lambda: now[0])
    for _ in range(ATTEMPTS):
        assert not limit.check("wrong", "right")
        now[0] += 1
    assert limit.wait_s() == WINDOW_S - ATTEMPTS
    assert not limit.check("right", "right")
    now[0] = WINDOW_S
    assert limit.wait_s() == 0
    assert limit.check("right", "right")


def test_a_right_password_is_no_failed_attempt() -> None:
    limit = AttemptLimit(now=lambda: 0.0)
    assert all(limit.check("ünïcode", "ünïcode") for _ in range(3 * ATTEMPTS))
