"""The inbox: events as a list, and one of them with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from app import state
from app.components.detail_head import draw_name
from app.components.panel import panel
from app.components.trace_rows import draw_rows
from app.components.trace_table import HEADER_PX, ROW_PX, height_of
from app.format import cut, escape_markdown, moment, plural
from app.frames.alerts import EVENT_COLUMNS, STATE_MARKS, delivery_rows, event_rows
from app.theme import Palette
from collector.store.records import EVENT_STATES, AlertDelivery, AlertEvent, AlertRule

_MOST_ROWS = 10
SNOOZES: Mapping[str, int] = {"1 hour": 3_600, "1 day": 86_400, "1 week": 7 * 86_400}
"""Seconds."""


def draw_inbox_choice(counts: Mapping[str, int]) -> None:
    st.segmented_control(
        "Inbox",
        EVENT_STATES,
        format_func=lambda name: f"{STATE_MARKS[name]} {name.capitalize()} {counts.get(name, 0):,}",
        default=state.current().inbox,
        required=True,
        key=state.follow("inbox"),
        on_change=state.take,
        args=("inbox",),
        label_visibility="collapsed",
    )


def draw_events(events: Sequence[AlertEvent], rules: Sequence[AlertRule], palette: Palette, now_ns: int) -> None:
    """A click on a row opens the event."""
    rows = event_rows(
        events, rules, state.viewer_zone(), now_ns, lambda event_id: state.selection_link("alerts", event=event_id)
    )
    label = f"{plural(len(events), 'alert')}: a row opens it"
    height = height_of(len(rows), _MOST_ROWS)
    draw_rows(rows, EVENT_COLUMNS, key="alert_events", height=height, palette=palette, label=label)


def draw_event_head(event: AlertEvent, rule: AlertRule | None, now_ns: int) -> None:
    zone, condition = state.viewer_zone(), event.state(now_ns)
    colour = {"open": "red", "snoozed": "gray", "resolved": "green"}[condition]
    draw_name(event.title, f":{colour}-badge[{STATE_MARKS[condition]} {condition}]")
    if event.detail:
        st.code(event.detail, language=None, wrap_lines=True)
    facts = [f"since **{moment(event.opened_ns, zone, now_ns)}**"]
    if event.count > 1:
        facts.append(f"**{event.count:,}** runs")
    if event.opening > 1:
        facts.append(f"came back **{event.opening - 1}** times")
    if condition == "snoozed":
        facts.append(f"silent until **{moment(event.snoozed_until_ns, zone, now_ns)}**")
    if event.resolved_ns is not None:
        facts.append(f"over since **{moment(event.resolved_ns, zone, now_ns)}**")
    facts.append(f"rule **{escape_markdown(cut(rule.name, 60))}**" if rule else "its rule was deleted")
    st.caption(" · ".join(facts))


def draw_event_actions(
    event: AlertEvent,
    *,
    can_resolve: bool,
    now_ns: int,
    resolve: Callable[[], None],
    snooze: Callable[[int | None], None],
) -> None:
    """can_resolve: False for what is over by itself once it is not so any more."""
    condition = event.state(now_ns)
    if condition == "resolved":
        return
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="event_actions"):
        if can_resolve:
            told = "Closes it. It comes back, and is told again, when it happens again."
            st.button(
                "Resolve",
                icon=":material/check:",
                type="primary",
                help=told,
                on_click=resolve,
                key="event_resolve",
                disabled=state.reads_only(),
            )
        if condition == "snoozed":
            st.button(
                "Wake",
                icon=":material/notifications:",
                on_click=snooze,
                args=(None,),
                key="event_wake",
                disabled=state.reads_only(),
            )
            return
        for label, seconds in SNOOZES.items():
            st.button(
                f"Snooze {label}",
                icon=":material/snooze:",
                help="Silent until then; it stays here.",
                on_click=snooze,
                args=(seconds,),
                key=f"event_snooze_{seconds}",
                disabled=state.reads_only(),
            )
        if not can_resolve:
            st.caption("It is over by itself once this is not so any more.", width="content")


def draw_event_evidence(event: AlertEvent) -> None:
    found = event.evidence
    with st.container(horizontal=True, gap="small", key="event_evidence"):
        if found.trace_id:
            _link(state.TRACE_PAGE, "Open the newest trace", "account_tree", trace_id=found.trace_id)
        if found.error:
            _link(state.ERRORS_PAGE, "Open the error", "error", error=found.error, period="7d")
        if found.workflow:
            _link(state.TRACES_PAGE, "Its failed runs", "list_alt", query=_failed(found.workflow), period="24h")
        if found.is_disk:
            _link(state.SETTINGS_PAGE, "Open Settings", "settings")


def draw_deliveries(deliveries: Sequence[AlertDelivery], names: Mapping[str, str], now_ns: int) -> None:
    with panel("alert_deliveries", "What was sent", "Failed ones are tried again, at growing distances."):
        if not deliveries:
            st.caption("Nothing: no channel, muted, or snoozed.")
            return
        st.dataframe(
            delivery_rows(deliveries, names, state.viewer_zone(), now_ns),
            hide_index=True,
            row_height=ROW_PX,
            height=HEADER_PX + ROW_PX * min(len(deliveries), 8),
            key="delivery_table",
            column_config={
                "when": _column("When", "When it was to be sent.", 120),
                "channel": _column("Channel", "To whom.", 160),
                "state": st.column_config.Column(
                    "State", help="Sent, waiting, or given up after the last attempt.", width=150
                ),
                "answer": _column("Last answer", "Of the other side.", 200),
                "attempts": st.column_config.Column(
                    "Attempts", help="How often it was tried.", width=80, alignment="right"
                ),
            },
            alt=f"{len(deliveries)} messages with their channel, state and last answer.",
        )


def _column(label: str, told: str, width: int, alignment: Literal["left", "right"] = "left") -> Any:
    return st.column_config.Column(label, help=told, width=width, alignment=alignment)


def _failed(workflow: str) -> str:
    quoted = workflow.replace("\\", "\\\\").replace('"', '\\"')
    return f'outcome:failed workflow:"{quoted}"'


def _link(page: str, label: str, icon: str, **changes: object) -> None:
    st.page_link(page, label=label, icon=f":material/{icon}:", query_params=state.page_params(**changes))
