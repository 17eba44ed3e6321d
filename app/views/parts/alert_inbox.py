"""What the rules have found, the rules, and what was sent."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import streamlit as st

from app import queries, state
from app.commands import alerts as commands
from app.components.alert_inbox import draw_deliveries, draw_events, draw_inbox_choice
from app.components.alert_rules import draw_rules
from app.components.detail_head import draw_nothing_here
from app.frames.alerts import budget_bar, inbox_sentence
from app.queries import alerts
from app.theme import palette
from app.views.parts.alert_rule import later, say_what_came_of_it
from collector.store.records import AlertEvent, AlertRule


def draw_all() -> None:
    say_what_came_of_it()
    now_ns, rules, unresolved = time.time_ns(), alerts.rules(), alerts.open_events()
    channels = alerts.channels()
    st.markdown(inbox_sentence(unresolved, rules, len(channels), now_ns))
    draw_inbox([*unresolved, *alerts.resolved_events()], rules, now_ns)
    by_id = {rule.rule_id: rule for rule in rules}
    bars = {found.rule_id: budget_bar(by_id[found.rule_id], found) for found in alerts.budgets()}
    loud = Counter(event.rule_id for event in unresolved if event.state(now_ns) == "open")
    draw_rules(rules, bars, loud, mute)
    if sent := alerts.deliveries():
        draw_deliveries(sent, {one.channel_id: one.name for one in channels}, now_ns)


def draw_inbox(events: Sequence[AlertEvent], rules: Sequence[AlertRule], now_ns: int) -> None:
    chosen = state.current().inbox
    draw_inbox_choice(Counter(event.state(now_ns) for event in events))
    shown = [event for event in events if event.state(now_ns) == chosen]
    if not shown:
        hint = "What the rules find appears here by itself." if rules else "Make a rule below: it watches from then on."
        if not queries.freshness().any_spans:
            hint += " No span has been received yet: see Connect."
        draw_nothing_here(f"Nothing is {chosen}", hint)
    else:
        draw_events(shown, rules, palette(), now_ns)


def mute(rule: AlertRule) -> None:
    later(lambda: commands.mute_rule(rule, is_muted=not rule.is_muted), "It is silent." if not rule.is_muted else "On.")
