"""Tickets for the stream."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from collector import tickets
from collector.config import Settings
from collector.tickets import admits_to_stream, stream_ticket

GUARDED = Settings(dashboard_password=SecretStr("open sesame"), api_key=SecretStr("key"))


def test_without_a_secret_anybody_may_listen() -> None:
    assert stream_ticket(Settings()) is None
    assert admits_to_stream(Settings(), None)


def test_a_ticket_admits_on_every_process_with_the_same_secrets() -> None:
    assert admits_to_stream(GUARDED.model_copy(), stream_ticket(GUARDED))


@pytest.mark.parametrize("ticket", [None, "", "x", "99999999999.", f"99999999999.{'0' * 64}"])
def test_what_was_not_signed_admits_nobody(ticket: str | None) -> None:
    assert not admits_to_stream(GUARDED, ticket)


def test_a_new_password_ends_every_ticket() -> None:
    changed = GUARDED.model_copy(update={"dashboard_password": SecretStr("another")})
    assert not admits_to_stream(changed, stream_ticket(GUARDED))


def test_a_ticket_ends_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = stream_ticket(GUARDED)
    now = tickets.time.time()
    monkeypatch.setattr(tickets.time, "time", lambda: now + tickets.STREAM_TICKET_S + 1)
    assert not admits_to_stream(GUARDED, ticket)


def test_a_ticket_for_something_else_does_not_open_the_stream() -> None:
    secret = "open sesame\nkey"
    assert tickets.is_valid("ticket", tickets.sign("ticket", secret, 60), secret)
    assert not admits_to_stream(GUARDED, tickets.sign("ticket", secret, 60))
