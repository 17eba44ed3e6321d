"""Rules, channels, events and what was sent."""

from __future__ import annotations

import time

from sqlalchemy import Engine

from app.queries.asking import ask
from collector.alerting.looking import Look
from collector.alerting.sending import place
from collector.config import get_settings
from collector.store.reads import alerts as reads
from collector.store.reads.costs import list_values
from collector.store.records import (
    AlertDelivery,
    AlertEvent,
    AlertRule,
    BudgetState,
    ChannelSeen,
    Period,
    Scope,
    TraceSummary,
)

_MONTH_NS = 30 * 86_400 * 10**9
_STEP_NS = 15 * 10**9


def rules() -> tuple[AlertRule, ...]:
    return ask(reads.list_rules)


def rule(rule_id: str) -> AlertRule:
    """Raises NotFound."""
    return ask(reads.get_rule, rule_id)


def channels() -> tuple[ChannelSeen, ...]:
    """Without their addresses."""
    return ask(_list_channels)


def open_events() -> tuple[AlertEvent, ...]:
    """Also those that are snoozed; the newest first."""
    return ask(_list_open)


def resolved_events() -> tuple[AlertEvent, ...]:
    return ask(_list_resolved)


def event(event_id: str) -> AlertEvent:
    """Raises NotFound."""
    return ask(reads.get_event, event_id)


def runs_behind(event_id: str) -> tuple[TraceSummary, ...]:
    return ask(reads.list_event_runs, event_id)


def deliveries(event_id: str | None = None) -> tuple[AlertDelivery, ...]:
    return ask(reads.list_deliveries, event_id)


def told_since(since_ns: int) -> tuple[AlertEvent, ...]:
    """Open events that were announced after `since_ns`, the newest first, ten at most."""
    return ask(reads.list_told_events, since_ns)


def budgets() -> tuple[BudgetState, ...]:
    """How the budgets among the rules stand."""
    return ask(_read_budgets, rules(), time.time_ns() // _STEP_NS * _STEP_NS)


def values(dimension: str) -> tuple[str, ...]:
    """Those of the last 30 days, the dearest first."""
    end_ns = time.time_ns() // _STEP_NS * _STEP_NS
    return ask(list_values, Period(end_ns - _MONTH_NS, end_ns), dimension)


def _list_channels(engine: Engine, scope: Scope) -> tuple[ChannelSeen, ...]:
    return tuple(
        ChannelSeen(
            project_id=found.project_id,
            channel_id=found.channel_id,
            name=found.name,
            kind=found.kind,
            place=place(found.kind, found.url) if found.url else "an address that may not be seen from here",
        )
        for found in reads.list_channels(engine, scope)
    )


def _list_open(engine: Engine, scope: Scope) -> tuple[AlertEvent, ...]:
    return reads.list_events(engine, scope, is_over=False)


def _list_resolved(engine: Engine, scope: Scope) -> tuple[AlertEvent, ...]:
    return reads.list_events(engine, scope, is_over=True)


def _read_budgets(engine: Engine, _scope: Scope, rules: tuple[AlertRule, ...], now_ns: int) -> tuple[BudgetState, ...]:
    look = Look(get_settings(), engine, engine)
    return tuple(look.budget_state(rule, now_ns) for rule in rules if rule.kind == "budget")
