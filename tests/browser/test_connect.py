"""Connect as a person uses it: wait for the first span, and find out where a trace stayed."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_errors_agents_sessions import open_row
from tests.browser.test_main_job import post, send, send_with_a_plain_opentelemetry_sdk
from tests.collector.otlp_requests import body, proto_span
from tests.forked import forked_collector, forked_dashboard
from tests.servers import Server, wait_for


def refused(url: str, content: bytes, path: str = "/v1/traces", **headers: str) -> int:
    given = {"Content-Type": "application/x-protobuf"} | {k.replace("_", "-"): v for k, v in headers.items()}
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(urllib.request.Request(url + path, content, given, method="POST"), timeout=20)
    refusal.value.close()
    return refusal.value.code


def test_the_wait_for_the_first_span_ends_by_itself(dashboard: Server, page: Page) -> None:
    page.goto(f"{dashboard.url}/connect")
    expect(page.get_by_text("Waiting for the first span")).to_be_visible()
    expect(page.get_by_text("No request yet.")).to_be_visible()
    send_with_a_plain_opentelemetry_sdk(dashboard)
    expect(page.get_by_text("Spans arrive.")).to_be_visible()
    expect(page.locator(".st-key-requests")).to_be_visible()
    page.get_by_role("link", name="Open weather_report").click()
    expect(page.get_by_role("heading", name="weather_report")).to_be_visible()


def test_a_refused_request_appears_with_what_to_do(dashboard: Server, page: Page) -> None:
    page.goto(f"{dashboard.url}/connect")
    expect(page.get_by_text("No request yet.")).to_be_visible()
    assert refused(dashboard.url, b"", "/v1/traces/v1/traces") == 404
    expect(page.get_by_text("1 request refused (404)")).to_be_visible()
    told = "Give OTEL_EXPORTER_OTLP_ENDPOINT the address alone"
    expect(page.get_by_role("cell", name=told)).to_be_visible()
    send(dashboard, proto_span(1))
    page.get_by_text("Only refused", exact=True).click()
    page.wait_for_url(re.compile("view=refused"))
    expect(page.get_by_text("1 request refused (404)")).to_be_visible()


def test_a_request_to_another_process_is_listed_too(page: Page, tmp_path: Path) -> None:
    with forked_dashboard(tmp_path) as server, forked_collector(tmp_path) as other:
        post(other, body(proto_span(1, name="from the other")))
        page.goto(f"{server.url}/connect")
        expect(page.locator(".st-key-requests")).to_be_visible()
        open_row(page, "requests")
        expect(page.get_by_role("heading", name="from the other")).to_be_visible()
        page.goto("about:blank")


def test_settings_name_both_processes_and_that_all_is_well(page: Page, tmp_path: Path) -> None:
    with forked_dashboard(tmp_path) as server, forked_collector(tmp_path) as other:
        send(server, proto_span(1))
        send(other, proto_span(2))
        page.goto(f"{server.url}/settings")
        expect(page.get_by_text("All is well.")).to_be_visible()
        expect(page.get_by_text(re.compile(r"Collector .+:\d+"))).to_have_count(2)
        assert refused(server.url, b"\xff") == 400
        wait_for(lambda: server.get("/api/v1/requests?refused=1")["requests"])  # they are noted once a second
        send(server, proto_span(3))
        expect(page.get_by_text("1 thing to look at")).to_be_visible()
        page.goto("about:blank")
