from __future__ import annotations

import logging

import pytest

from collector.alerting import messages
from collector.alerting.messages import in_words, links, message
from collector.alerting.sending import check_url, place, send
from collector.errors import BadQuery
from collector.store.records import Evidence
from tests.alert_rules import channel, event, rule, webhook

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
MAIL = "mailtos://ann:s3cret@smtp.example.com?to=team@example.com"


@pytest.mark.parametrize(
    ("kind", "url", "shown"),
    [
        ("webhook", "https://ann:s3cret@example.com:8443/hook/s3cret?key=s3cret", "https://example.com:8443"),
        ("chat", SLACK, "Slack"),
        ("email", MAIL, "E-Mail (smtp.example.com)"),
        ("apprise", "nonsense://s3cret", "an address that Apprise doesn't know"),
    ],
)
def test_an_address_shows_where_it_leads_and_none_of_its_secrets(kind: str, url: str, shown: str) -> None:
    assert place(kind, url) == shown


@pytest.mark.parametrize(
    ("kind", "url"), [("webhook", "ftp://example.com"), ("webhook", "https://"), ("chat", "example"), ("apprise", "")]
)
def test_an_address_that_cannot_work_is_refused(kind: str, url: str) -> None:
    with pytest.raises(BadQuery, match="address"):
        check_url(kind, url)


@pytest.mark.parametrize(("kind", "url"), [("webhook", "http://127.0.0.1/x"), ("chat", SLACK), ("email", MAIL)])
def test_an_address_that_can_work_is_taken(kind: str, url: str) -> None:
    check_url(kind, url)


def test_apprise_sends_the_same_in_words() -> None:
    said = message(rule(), event(), dashboard_url="https://traces.example/")
    with webhook() as inbox:
        sent, answer = send(channel(inbox.url.replace("http://", "json://"), kind="apprise"), said)
        (got,) = inbox.messages
    assert (sent, answer) == (True, "sent")
    assert got["title"] == "support failed"
    assert f"https://traces.example/trace?trace={'a' * 32}" in got["message"]


def test_a_refusal_of_apprise_tells_its_status_and_logs_no_address(caplog: pytest.LogCaptureFixture) -> None:
    with webhook() as inbox, caplog.at_level(logging.DEBUG):
        inbox.answers = [503]
        url = inbox.url.replace("http://", "json://ann:s3cret@")
        assert send(channel(url, kind="apprise"), messages.test_message("default", "Mine")) == (False, "HTTP 503")
    assert "s3cret" not in caplog.text


def test_links_lead_to_what_the_event_is_about() -> None:
    found = event(evidence=Evidence(error="f1", cost_time="mtd", cost_where="user:ann & co", is_disk=True))
    assert dict(links(found)) == {
        "Event": f"/alerts?event={'e' * 32}",
        "Error": "/errors?error=f1&period=7d",
        "Costs": "/costs?time=mtd&where=user%3Aann+%26+co",
        "Settings": "/settings",
    }


def test_without_an_address_of_the_dashboard_a_message_has_paths_only() -> None:
    said = message(rule(), event(), dashboard_url=None)
    assert {link["url"] for link in said["links"]} == {None}
    assert in_words(said) == ("support failed", "boom")
