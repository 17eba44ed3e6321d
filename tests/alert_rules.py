"""Builders of rules, channels and runs, and a server that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from collector.store.records import AlertChannel, AlertEvent, AlertRule, AlertRun, Evidence, RuleTerms

NOW_NS = 1_795_300_000 * 10**9


def rule(kind: str = "failed", rule_id: str = "aaaa0001", **changes: Any) -> AlertRule:
    """Fields of the terms may be given beside those of the rule."""
    of_terms = {name: changes.pop(name) for name in list(changes) if name in RuleTerms.__dataclass_fields__}
    values: dict[str, Any] = {
        "project_id": "default",
        "rule_id": rule_id,
        "name": "Mine",
        "kind": kind,
        "terms": RuleTerms(**of_terms),
        "created_ns": 1,
    }
    return AlertRule(**(values | changes))


def budget(**changes: Any) -> AlertRule:
    return rule("budget", **({"limit_usd": 100.0, "forecasts": False} | changes))


def channel(url: str, channel_id: str = "c1", kind: str = "webhook") -> AlertChannel:
    return AlertChannel(project_id="default", channel_id=channel_id, name="Mine", kind=kind, url=url, created_ns=1)


def run(trace_id: str = "a" * 32, **changes: Any) -> AlertRun:
    values: dict[str, Any] = {
        "trace_id": trace_id,
        "name": "answer",
        "workflow": "support",
        "outcome": "failed",
        "duration_s": 3.0,
        "cost_nusd": 10**9,
        "received_ns": NOW_NS,
        "error": "boom",
    }
    return AlertRun(**(values | changes))


def event(**changes: Any) -> AlertEvent:
    values: dict[str, Any] = {
        "project_id": "default",
        "event_id": "e" * 32,
        "rule_id": "aaaa0001",
        "subject": "support",
        "title": "support failed",
        "detail": "boom",
        "level": 0,
        "opening": 1,
        "count": 1,
        "opened_ns": NOW_NS,
        "last_ns": NOW_NS,
        "told_ns": NOW_NS,
        "resolved_ns": None,
        "snoozed_until_ns": None,
        "evidence": Evidence(trace_id="a" * 32, workflow="support"),
    }
    return AlertEvent(**(values | changes))


class Inbox:
    """What a webhook was sent; `answers` are given one after the other, then 200."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: list[dict[str, Any]] = []
        self.answers: list[int] = []


@contextmanager
def webhook() -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            inbox.messages.append(json.loads(content))
            self.send_response(inbox.answers.pop(0) if inbox.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        inbox.url = f"http://127.0.0.1:{server.server_address[1]}/hook/secret"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            thread.join()
