"""Everything in a span is hostile: nothing of it runs, loads or styles anything on any page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_main_job import LLM, send
from tests.collector.otlp_requests import TRACE_ID, proto_span
from tests.servers import Server

PAYLOADS = (
    "![x](http://evil.example/a.png)",
    "<img src=http://evil.example/b.png onerror=window.hacked=1>",
    "<script>window.hacked=1</script>",
    "[click](javascript:window.hacked=1)",
    "<style>@import url(http://evil.example/c.css)</style>",
    "<svg onload=window.hacked=1>",
    ":red[**bold**] $x^2$ `code` :material/home:",
    '"><iframe src=http://evil.example></iframe>',
    "a\u202eb\u0007c\u0000d",
    '=HYPERLINK("http://evil.example")',
    "x" * 20_000,
)


def test_no_page_runs_or_loads_anything_of_a_span(dashboard: Server, page: Page) -> None:
    for number, payload in enumerate(PAYLOADS, start=1):
        trace_id = f"{number:032x}"
        attributes = LLM | {
            payload: payload,
            "gen_ai.request.model": payload,
            "gen_ai.agent.name": payload,
            "gen_ai.workflow.name": payload,
            "session.id": payload,
            "user.id": payload,
            "gen_ai.input.messages": f'[{{"role": "user", "parts": [{{"type": "text", "content": {payload!r}}}]}}]',
            "input.value": payload,
        }
        root = proto_span(1, trace_id=bytes.fromhex(trace_id), name=payload, attributes=attributes, error=True)
        root.status.message = payload
        event = root.events.add(name="exception", time_unix_nano=1)
        for name in ("type", "message", "stacktrace"):
            event.attributes.add(key=f"exception.{name}").value.string_value = payload
        send(dashboard, root, proto_span(2, trace_id=bytes.fromhex(trace_id), name=payload, attributes=attributes))
    for path in ("/?period=30d", "/traces?period=30d"):
        page.goto(dashboard.url + path)
        expect(page.locator(".list .row").first).to_be_visible()
    for number in range(1, len(PAYLOADS) + 1):
        page.goto(f"{dashboard.url}/trace?trace={number:032x}&span={1:016x}")
        expect(page.locator(".st-key-span_panel")).to_be_visible()
        for tab in ("Response", "Attributes", "Events", "Cost", "Request"):
            page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(300)
        assert page.evaluate("window.hacked === undefined")
        assert page.locator("[data-testid=stMain] img[src^='http']").count() == 0
        assert page.locator("a[href^='javascript']").count() == 0


def test_an_unknown_trace_is_said_to_be_unknown(dashboard: Server, page: Page) -> None:
    send(dashboard, proto_span(1))
    for wrong in ("0" * 31 + "1", "<b>x</b>", TRACE_ID[:7], TRACE_ID + "0"):
        page.goto(f"{dashboard.url}/trace?trace={wrong}")
        expect(
            page.get_by_text("No such trace", exact=False).or_(page.get_by_text("not found", exact=False)).first
        ).to_be_visible()
