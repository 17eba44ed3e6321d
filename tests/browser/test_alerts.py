"""Alerts as a person sets them up: a channel, a rule, and a run that fails."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.alert_rules import webhook
from tests.browser.test_main_job import send
from tests.collector.otlp_requests import SECOND_NS, proto_span
from tests.servers import Server, wait_for


def test_a_failing_run_reaches_the_inbox_and_the_webhook(dashboard: Server, page: Page) -> None:
    with webhook() as inbox:
        page.goto(f"{dashboard.url}/alerts")
        expect(page.get_by_text("Nothing is open").first).to_be_visible()
        page.get_by_role("textbox", name="Address").fill(inbox.url)
        page.get_by_role("button", name="Add channel").click()
        expect(page.get_by_role("button", name="Send a test")).to_be_visible()
        assert "secret" not in page.content()

        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("What was sent", exact=True)).to_be_visible()
        wait_for(lambda: [said["title"] for said in inbox.messages] == ["A test from msgtrace"], 10.0)

        page.get_by_role("button", name="A run fails").click()
        page.wait_for_url(re.compile("rule=new"))
        page.get_by_role("button", name="Save rule").click()
        expect(page.get_by_text("A run of any workflow fails")).to_be_visible()

        now_ns = time.time_ns()
        times = {"start_time_unix_nano": now_ns - SECOND_NS, "end_time_unix_nano": now_ns}
        send(dashboard, proto_span(1, error=True, name="support", **times))
        wait_for(lambda: any(said["title"] == "support failed" for said in inbox.messages), 5.0)
        expect(page.get_by_text("1 alert", exact=True)).to_be_visible()

        page.goto(f"{dashboard.url}/alerts?event={inbox.messages[-1]['event_id']}")
        expect(page.get_by_role("heading", name="support failed")).to_be_visible()
        expect(page.get_by_text("What was sent", exact=True)).to_be_visible()  # the page is drawn
        page.get_by_role("button", name="Snooze 1 hour").click()
        expect(page.get_by_text("silent until", exact=False)).to_be_visible()
        page.get_by_role("button", name="Resolve").click()
        expect(page.get_by_text("over since", exact=False)).to_be_visible()
        newest = page.get_by_role("link", name="Open the newest trace")
        expect(newest).to_have_count(1)  # while the page is drawn anew, the old one stands beside it
        newest.click()
        page.wait_for_url(re.compile("/trace"))
        page.goto("about:blank")
