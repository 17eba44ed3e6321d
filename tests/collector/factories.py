"""Builders of received spans for tests of what they mean."""

from __future__ import annotations

import json
from typing import Any

from collector.normalize import normalize
from collector.otlp import ReceivedEvent, ReceivedSpan
from collector.store.rows import SpanRow

START_NS = 1_760_000_000_000_000_000
SECOND_NS = 1_000_000_000


def received(attributes: dict[str, Any] | None = None, **changes: Any) -> ReceivedSpan:
    """A one-second child span."""
    given: dict[str, Any] = {
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "b7ad6b7169203331",
        "parent_span_id": "00f067aa0ba902b7",
        "name": "a span",
        "span_kind": "internal",
        "start_ns": START_NS,
        "end_ns": START_NS + SECOND_NS,
        "is_error": False,
        "status_message": "",
        "attributes": attributes or {},
    }
    return ReceivedSpan(**(given | changes))


def row(attributes: dict[str, Any] | None = None, **changes: Any) -> SpanRow:
    """The normalised row of `received`."""
    sent = received(attributes, **changes)
    (found,) = normalize([sent], project_id="default", received_ns=START_NS + 2 * SECOND_NS)
    return found


def event(name: str, time_ns: int = START_NS, **attributes: Any) -> ReceivedEvent:
    """An event; a double underscore in a keyword stands for a dot."""
    return ReceivedEvent(name, time_ns, {key.replace("__", "."): value for key, value in attributes.items()})


def exception(type: str, message: str, stacktrace: str = "") -> ReceivedEvent:
    return event("exception", exception__type=type, exception__message=message, exception__stacktrace=stacktrace)


def messages(*said: tuple[str, str]) -> str:
    """gen_ai.*.messages as JSON from (role, text) pairs."""
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in said])
