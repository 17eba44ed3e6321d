"""One event: what was found, why, what can be done about it, and what was sent."""

from __future__ import annotations

import time

import streamlit as st

from app import state
from app.commands import alerts as commands
from app.components.alert_inbox import draw_deliveries, draw_event_actions, draw_event_evidence, draw_event_head
from app.components.detail_head import draw_missing, draw_way_back
from app.components.panel import panel
from app.cost_report import parse_report
from app.format import cut, escape_markdown, moment
from app.queries import alerts
from app.views.parts.alert_rule import later, say_what_came_of_it
from collector.errors import NotFound
from collector.store.records import AlertEvent

RESOLVABLE = ("failed", "slow", "dear", "new_error", "budget")
"""The others are over once they are not found any more."""


def draw_event(event_id: str) -> None:
    try:
        event = alerts.event(event_id)
    except NotFound:
        draw_missing("alert", event_id, "All alerts", event=None)
        return
    now_ns = time.time_ns()
    rule = next((rule for rule in alerts.rules() if rule.rule_id == event.rule_id), None)
    draw_way_back("All alerts", event=None)
    draw_event_head(event, rule, now_ns)
    say_what_came_of_it()
    draw_event_actions(
        event,
        can_resolve=rule is None or rule.kind in RESOLVABLE,
        now_ns=now_ns,
        resolve=lambda: later(lambda: commands.resolve(event.project_id, event.event_id), "Resolved."),
        snooze=lambda seconds: later(
            lambda: commands.snooze(event.project_id, event.event_id, seconds), "Silent." if seconds else "Awake."
        ),
    )
    draw_event_evidence(event)
    draw_costs_link(event)
    draw_runs(event, now_ns)
    names = {channel.channel_id: channel.name for channel in alerts.channels()}
    draw_deliveries(alerts.deliveries(event.event_id), names, now_ns)


def draw_costs_link(event: AlertEvent) -> None:
    if not event.evidence.cost_time:
        return
    where = [event.evidence.cost_where] if event.evidence.cost_where else []
    report = parse_report({"time": [event.evidence.cost_time], "where": where})
    st.page_link(
        state.COSTS_PAGE,
        label="Open the cost report",
        icon=":material/payments:",
        query_params=state.page_params(costs=report),
    )


def draw_runs(event: AlertEvent, now_ns: int) -> None:
    found = alerts.runs_behind(event.event_id)
    if not found:
        return
    with panel("alert_runs", "Runs behind it", "The newest 20" if len(found) == 20 else ""):
        for run in sorted(found, key=lambda run: -run.start_ns):
            label = f"{moment(run.start_ns, state.viewer_zone(), now_ns)} · {escape_markdown(cut(run.name, 60))}"
            st.page_link(
                state.TRACE_PAGE,
                label=label,
                icon=":material/account_tree:",
                query_params=state.page_params(trace_id=run.trace_id),
            )
