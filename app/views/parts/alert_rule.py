"""One rule: made, changed or deleted."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import state
from app.commands import alerts as commands
from app.components import states
from app.components.alert_form import draw_rule_form
from app.components.detail_head import draw_missing, draw_way_back
from app.cost_report import DIMENSIONS
from app.format import escape_markdown
from app.queries import alerts, costs
from app.selection import NEW_RULE
from collector.errors import MsgtraceError, NotFound
from collector.store.records import RULE_KINDS, AlertRule, RuleTerms


def draw_rule(rule_id: str) -> None:
    with states.outage_shown():
        try:
            rule = new_rule() if rule_id == NEW_RULE else alerts.rule(rule_id)
        except NotFound:
            draw_missing("rule", rule_id, "All alerts", rule=None)
            return
        draw_way_back("All alerts", rule=None)
        st.header("New rule" if not rule.rule_id else "Edit rule", anchor=False)
        dimensions = [*DIMENSIONS, *costs.promoted_dimensions()]
        with st.container(border=True, key="rule_form"):
            if said := draw_rule_form(rule, dimensions, alerts.values, alerts.channels()):
                later(lambda: commands.save_rule(said), "Saved: it watches what comes from now on.", rule=None)
        say_what_came_of_it()
        if rule.rule_id:
            with st.container(horizontal=True, gap="xsmall", key="rule_actions"):
                _draw_test(rule)
                _draw_delete(rule)


def new_rule() -> AlertRule:
    wanted = state.kept("new_rule_kind")
    kind = wanted if wanted in RULE_KINDS else "failed"
    return AlertRule(project_id="", rule_id="", name="", kind=kind, terms=RuleTerms(), created_ns=0)


def _draw_test(rule: AlertRule) -> None:
    """To where the rule is told, as it is saved."""
    reached = [channel for channel in alerts.channels() if channel.channel_id in rule.channels]

    def send() -> None:
        for channel in reached:
            commands.send_test(channel)

    told = "A test message to the channels of this rule, as it is saved." if reached else "It has no channel."
    if st.button("Send a test", icon=":material/send:", key="rule_test", disabled=not reached, help=told):
        later(send, "On its way: the answer appears under What was sent.", rule=None)


def _draw_delete(rule: AlertRule) -> None:
    with st.popover("Delete rule", icon=":material/delete:", key="rule_delete"):
        st.text("Its open alerts are closed. They stay in the inbox as resolved.")
        if st.button("Delete it", type="primary", key="rule_delete_sure"):
            later(lambda: commands.remove_rule(rule), "Deleted.", rule=None)


def later(change: Callable[[], object], done: str, **changes: object) -> None:
    """Makes a change, from a callback or from the page. What came of it is said where the page draws next.

    changes: of the selection, once it is done.
    """
    try:
        change()
    except MsgtraceError as refusal:
        state.keep("alert_refusal", str(refusal))
        return
    state.keep("alert_done", done)
    if changes:
        state.change_page(**changes)


def say_what_came_of_it() -> None:
    """Once: that the last change was made, or why it could not be."""
    if done := state.kept("alert_done"):
        st.toast(done, icon=":material/check:")
        state.keep("alert_done", None)
    if refusal := state.kept("alert_refusal"):
        st.error(f"**That can't be done.** {escape_markdown(refusal)}", icon=":material/error:")
        state.keep("alert_refusal", None)
