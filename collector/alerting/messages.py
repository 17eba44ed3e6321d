"""An event as a message: JSON for webhooks, the same in words for everything else. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from collector.analysis.alert_life import Change
from collector.store.records import AlertDelivery, AlertEvent, AlertRule, Evidence

MOST_LETTERS = 1_000
"""Of an error's text in a message."""
MOST_TOLD, _LINE = 10, 160
"""Of several errors in one message."""


def message(rule: AlertRule, event: AlertEvent, *, dashboard_url: str | None) -> dict[str, Any]:
    """links: `url` is None while MSGTRACE_DASHBOARD_URL isn't set."""
    opened = datetime.fromtimestamp(event.opened_ns / 10**9, UTC)
    title = event.title if event.resolved_ns is None else f"Over: {event.title}"
    return {
        "source": "msgtrace",
        "project": event.project_id,
        "rule": {"id": rule.rule_id, "name": rule.name, "kind": rule.kind},
        "event_id": event.event_id,
        "state": "open" if event.resolved_ns is None else "resolved",
        "title": title[:MOST_LETTERS],
        "detail": (event.detail if event.resolved_ns is None else _how_long(event))[:MOST_LETTERS],
        "level_percent": event.level or None,
        "opening": event.opening,
        "opened_at": opened.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "trace_id": event.evidence.trace_id,
        "links": [
            {"label": label, "path": path, "url": dashboard_url and dashboard_url.rstrip("/") + path}
            for label, path in links(event)
        ],
    }


def test_message(project_id: str, channel_name: str) -> dict[str, Any]:
    return {
        "source": "msgtrace",
        "project": project_id,
        "title": "A test from msgtrace",
        "detail": f"The channel {channel_name} works.",
        "links": [],
    }


def _how_long(event: AlertEvent) -> str:
    minutes = max(0, (event.resolved_ns or event.last_ns) - event.opened_ns) // (60 * 10**9)
    length = f"{minutes:,} min" if minutes < 180 else f"{minutes // 60:,} h"
    return f"It lasted {length}" + (f" and happened {event.count:,} times." if event.count > 1 else ".")


def together(found: Sequence[Change], rule: AlertRule, channel_id: str, dashboard_url: str | None) -> AlertDelivery:
    """Several events of one look as one message; its id is made of all of them."""
    first = found[0].event
    told = [f"{change.event.title}: {change.event.detail}".removesuffix(": ") for change in found]
    said = message(rule, first, dashboard_url=dashboard_url) | {
        "title": f"{len(found):,} new errors",
        "detail": "\n".join(line[:_LINE] for line in told[:MOST_TOLD])
        + (f"\nand {len(told) - MOST_TOLD:,} more" if len(told) > MOST_TOLD else ""),
        "event_ids": [change.event.event_id for change in found],
    }
    path = _path("errors", period="24h")
    said["links"] = [{"label": "Errors", "path": path, "url": dashboard_url and dashboard_url.rstrip("/") + path}]
    key = "\0".join(f"{change.event.event_id}.{change.occasion}" for change in found)
    digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    return new_delivery(
        first.project_id, f"{digest}.{channel_id}", channel_id, said, first.last_ns, event_id=first.event_id
    )


def delivery(change: Change, rule: AlertRule, channel_id: str, dashboard_url: str | None) -> AlertDelivery:
    """Its id is made of event, occasion and channel: the same is never queued twice."""
    event = change.event
    return new_delivery(
        event.project_id,
        f"{event.event_id}.{change.occasion}.{channel_id}",
        channel_id,
        message(rule, event, dashboard_url=dashboard_url),
        event.last_ns,
        event_id=event.event_id,
    )


def new_delivery(
    project_id: str,
    delivery_id: str,
    channel_id: str,
    said: Mapping[str, Any],
    now_ns: int,
    *,
    event_id: str | None = None,
) -> AlertDelivery:
    return AlertDelivery(
        project_id=project_id,
        delivery_id=delivery_id,
        event_id=event_id,
        channel_id=channel_id,
        message=orjson.dumps(said).decode(),
        created_ns=now_ns,
        attempts=0,
        next_ns=now_ns,
        sent_ns=None,
        answer=None,
    )


def in_words(said: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text."""
    links = [f"{link['label']}: {link['url']}" for link in said["links"] if link["url"]]
    return said["title"], "\n".join([said["detail"] or said["title"], *links])


def links(event: AlertEvent) -> list[tuple[str, str]]:
    """(label, path in the dashboard): the event first, then what shows why."""
    return [("Event", _path("alerts", event=event.event_id)), *_evidence(event.evidence)]


def _evidence(evidence: Evidence) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if evidence.trace_id:
        found.append(("Trace", _path("trace", trace=evidence.trace_id)))
    if evidence.error:
        found.append(("Error", _path("errors", error=evidence.error, period="7d")))
    if evidence.cost_time:
        found.append(("Costs", _path("costs", time=evidence.cost_time, where=evidence.cost_where)))
    if evidence.is_disk:
        found.append(("Settings", _path("settings")))
    return found


def _path(page: str, **params: str | None) -> str:
    query = urlencode({name: value for name, value in params.items() if value})
    return f"/{page}?{query}" if query else f"/{page}"
