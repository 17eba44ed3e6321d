"""The cookie that keeps a browser signed in."""

from __future__ import annotations

import time

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import sign_in

PASSWORD = "open sesame"


def browser(password: str | None = PASSWORD, scheme: str = "http") -> TestClient:
    routes = sign_in.routes(lambda: password)
    return TestClient(Starlette(routes=routes), base_url=f"{scheme}://testserver", follow_redirects=False)


def signed_in() -> str:
    client = browser()
    client.get(sign_in.ticket_url(PASSWORD))
    return client.cookies[sign_in.COOKIE]


def test_a_ticket_becomes_a_cookie_that_admits() -> None:
    assert sign_in.admits(signed_in(), PASSWORD)


def test_no_script_and_no_foreign_form_gets_the_cookie() -> None:
    cookie = browser().get(sign_in.ticket_url(PASSWORD)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert "secure" in browser(scheme="https").get(sign_in.ticket_url(PASSWORD)).headers["set-cookie"].lower()


def test_a_new_password_ends_every_cookie() -> None:
    assert not sign_in.admits(signed_in(), "another")


def test_a_ticket_is_no_cookie_and_a_cookie_no_ticket() -> None:
    ticket = sign_in.ticket_url(PASSWORD).rpartition("/")[2]
    assert not sign_in.admits(ticket, PASSWORD)
    answer = browser().get(f"{sign_in.TICKET_PATH}/{signed_in()}")
    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)


@pytest.mark.parametrize("ticket", ["", "x", "9.", "9999999999.", "9999999999.00ff", "\u0669.00", "9" * 400 + ".00"])
def test_what_this_server_has_not_signed_admits_nobody(ticket: str) -> None:
    assert not sign_in.admits(ticket, PASSWORD)
    assert browser().get(f"{sign_in.TICKET_PATH}/{ticket}").status_code in (403, 404)


def test_a_later_end_needs_another_signature() -> None:
    until, _, signature = signed_in().partition(".")
    assert not sign_in.admits(f"{int(until) + 1}.{signature}", PASSWORD)


def test_ticket_and_cookie_end_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    url, cookie, now = sign_in.ticket_url(PASSWORD), signed_in(), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert browser().get(url).status_code == 403
    assert sign_in.admits(cookie, PASSWORD)
    monkeypatch.setattr(time, "time", lambda: now + sign_in.COOKIE_S + 1)
    assert not sign_in.admits(cookie, PASSWORD)


def test_without_a_password_there_are_no_tickets() -> None:
    assert browser(password=None).get(sign_in.ticket_url(PASSWORD)).status_code == 403


def test_signing_out_clears_the_cookie_and_leads_to_the_gate() -> None:
    answer = browser().get(sign_in.SIGN_OUT_PATH)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "max-age=0" in answer.headers["set-cookie"].lower()
