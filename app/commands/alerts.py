"""Changes to rules and channels, and what people say of events."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

from app import queries
from app.commands.engine import engine
from collector.alerting.messages import new_delivery, test_message
from collector.alerting.sending import check_url
from collector.config import get_settings
from collector.store.commands import alerts as commands
from collector.store.records import AlertChannel, AlertRule, ChannelSeen


def save_rule(rule: AlertRule) -> str:
    """A rule without an id is a new one; returns the id. From now on it looks at what comes from now on.

    Raises BadQuery that says what is missing, StoreUnavailable.
    """
    saved = replace(
        rule,
        project_id=rule.project_id or get_settings().scope[0],
        rule_id=rule.rule_id or secrets.token_hex(4),
        created_ns=time.time_ns(),
        looked_ns=0,
    )
    commands.put_rule(engine(), saved)
    queries.look_again()
    return saved.rule_id


def mute_rule(rule: AlertRule, *, is_muted: bool) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.mute_rule(engine(), rule.project_id, rule.rule_id, is_muted=is_muted)
    queries.look_again()


def remove_rule(rule: AlertRule) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.remove_rule(engine(), rule.project_id, rule.rule_id)
    queries.look_again()


def add_channel(name: str, kind: str, url: str) -> None:
    """Raises BadQuery for an address that can't work, StoreUnavailable."""
    check_url(kind, url)
    channel = AlertChannel(
        project_id=get_settings().scope[0],
        channel_id=secrets.token_hex(4),
        name=name,
        kind=kind,
        url=url,
        created_ns=time.time_ns(),
    )
    commands.add_channel(engine(), channel)
    queries.look_again()


def remove_channel(channel: ChannelSeen) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.remove_channel(engine(), channel.project_id, channel.channel_id)
    queries.look_again()


def send_test(channel: ChannelSeen) -> None:
    """Sent within seconds by the process that watches. Raises StoreUnavailable."""
    said = test_message(channel.project_id, channel.name)
    one = new_delivery(channel.project_id, secrets.token_hex(8), channel.channel_id, said, time.time_ns())
    commands.send_test(engine(), one)
    queries.look_again()


def resolve(project_id: str, event_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.resolve_event(engine(), project_id, event_id)
    queries.look_again()


def snooze(project_id: str, event_id: str, seconds: int | None) -> None:
    """Silent for so long; None wakes it. Raises NotFound, StoreUnavailable."""
    until_ns = None if seconds is None else time.time_ns() + seconds * 10**9
    commands.snooze_event(engine(), project_id, event_id, until_ns)
    queries.look_again()
