"""What people do with rules, channels and events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict

import orjson
from sqlalchemy import Engine, Table, delete, func, insert, select, update

from collector.errors import BadQuery, NotFound
from collector.store.commands.writing import writing
from collector.store.commit import bump_counter
from collector.store.dialect import upsert_statement
from collector.store.reads.alerts import CHANNEL, EVENT, RULE
from collector.store.records import (
    BUDGET_PERIODS,
    CHANNEL_KINDS,
    RULE_KINDS,
    AlertChannel,
    AlertDelivery,
    AlertRule,
    RuleTerms,
)
from collector.store.watch import queue_delivery

MAX_RULES, MAX_CHANNELS = 200, 50
MAX_NAME = 80
MAX_URL = 2_000
_NEEDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "budget": (("limit_usd", "an amount"),),
    "slow": (("seconds", "a duration"),),
    "dear": (("limit_usd", "an amount"),),
    "error_rate": (("percent", "a share"), ("minutes", "a window")),
    "silence": (("minutes", "how many minutes"),),
    "disk": (("days", "how many days"),),
}
_LONGEST_MINUTES = 24 * 60


def put_rule(engine: Engine, rule: AlertRule) -> None:
    """In place of the rule with the same id. Raises BadQuery that says what is missing, StoreUnavailable."""
    row = {
        **asdict(rule),
        "name": _name(rule.name),
        "terms": orjson.dumps(asdict(_checked(rule.kind, rule.terms))).decode(),
        "channels": orjson.dumps(rule.channels).decode(),
    }
    with writing(engine) as connection:
        others = RULE.c.project_id == rule.project_id, RULE.c.rule_id != rule.rule_id
        if connection.execute(select(func.count()).where(*others)).scalar_one() >= MAX_RULES:
            raise BadQuery(f"there are {MAX_RULES} rules: delete one first")
        statement = upsert_statement(connection.dialect, RULE)
        connection.exec_driver_sql(statement, tuple(row[column.name] for column in RULE.columns))
        bump_counter(connection)


def mute_rule(engine: Engine, project_id: str, rule_id: str, *, is_muted: bool) -> None:
    """Raises NotFound, StoreUnavailable."""
    _change(engine, RULE, {"project_id": project_id, "rule_id": rule_id}, {"is_muted": is_muted})


def remove_rule(engine: Engine, project_id: str, rule_id: str) -> None:
    """Its open events are over; they stay in the inbox. Raises NotFound, StoreUnavailable."""
    mine = EVENT.c.project_id == project_id, EVENT.c.rule_id == rule_id, EVENT.c.resolved_ns.is_(None)
    with writing(engine) as connection:
        gone = delete(RULE).where(RULE.c.project_id == project_id, RULE.c.rule_id == rule_id)
        if not connection.execute(gone).rowcount:
            raise NotFound(f"no rule {rule_id}")
        connection.execute(update(EVENT).where(*mine).values(resolved_ns=time.time_ns()))
        bump_counter(connection)


def add_channel(engine: Engine, channel: AlertChannel) -> None:
    """Raises BadQuery, StoreUnavailable."""
    if channel.kind not in CHANNEL_KINDS or not 0 < len(channel.url) <= MAX_URL:
        raise BadQuery("channel: give an address")
    with writing(engine) as connection:
        there = connection.execute(select(func.count()).where(CHANNEL.c.project_id == channel.project_id)).scalar_one()
        if there >= MAX_CHANNELS:
            raise BadQuery(f"there are {MAX_CHANNELS} channels: delete one first")
        connection.execute(insert(CHANNEL).values(**{**asdict(channel), "name": _name(channel.name)}))
        bump_counter(connection)


def remove_channel(engine: Engine, project_id: str, channel_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    with writing(engine) as connection:
        gone = delete(CHANNEL).where(CHANNEL.c.project_id == project_id, CHANNEL.c.channel_id == channel_id)
        if not connection.execute(gone).rowcount:
            raise NotFound(f"no channel {channel_id}")
        bump_counter(connection)


def resolve_event(engine: Engine, project_id: str, event_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    changed = {"resolved_ns": time.time_ns(), "snoozed_until_ns": None}
    _change(engine, EVENT, {"project_id": project_id, "event_id": event_id}, changed)


def snooze_event(engine: Engine, project_id: str, event_id: str, until_ns: int | None) -> None:
    """Silent until then; None wakes it. Raises NotFound, StoreUnavailable."""
    _change(engine, EVENT, {"project_id": project_id, "event_id": event_id}, {"snoozed_until_ns": until_ns})


def send_test(engine: Engine, delivery: AlertDelivery) -> None:
    """The process that watches sends it within seconds. Raises StoreUnavailable."""
    with writing(engine) as connection:
        queue_delivery(connection, delivery)
        bump_counter(connection)


def _change(engine: Engine, table: Table, key: Mapping[str, str], values: Mapping[str, object]) -> None:
    wanted = (table.c[name] == value for name, value in key.items())
    with writing(engine) as connection:
        if not connection.execute(update(table).where(*wanted).values(**values)).rowcount:
            raise NotFound(f"nothing with the id {list(key.values())[-1]}")
        bump_counter(connection)


def _checked(kind: str, terms: RuleTerms) -> RuleTerms:
    if kind not in RULE_KINDS:
        raise BadQuery(f"kind: expected one of {', '.join(RULE_KINDS)}")
    for name, what in _NEEDS.get(kind, ()):
        if not (getattr(terms, name) or 0) > 0:
            raise BadQuery(f"{what} above 0 is missing")
    if kind == "budget" and (terms.period not in BUDGET_PERIODS or not terms.thresholds):
        raise BadQuery("a budget needs a period and a threshold")
    if kind == "budget" and terms.value and not terms.dimension:
        raise BadQuery("a value needs its dimension")
    if not 1 <= terms.minutes <= _LONGEST_MINUTES:
        raise BadQuery(f"minutes: from 1 to {_LONGEST_MINUTES:,}")
    if (terms.percent or 0) > 100:
        raise BadQuery("percent: at most 100")
    return terms


def _name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not 1 <= len(name) <= MAX_NAME:
        raise BadQuery(f"name: expected 1 to {MAX_NAME} characters")
    return name
