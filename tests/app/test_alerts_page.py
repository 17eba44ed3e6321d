from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.commands import alerts as commands
from collector.errors import BadQuery
from collector.store.records import AlertRule, BudgetState, ChannelSeen, Evidence, Freshness
from tests.alert_rules import budget, event, rule
from tests.app.conftest import FakeStore, chosen, column, listed, open_page, parts, words
from tests.app.samples import HOSTILE, summary

EVENT_ID = event().event_id
CHANNEL = ChannelSeen(project_id="default", channel_id="c1", name="Team", kind="webhook", place="https://example.com")


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What the page has asked to be done."""
    found: list[tuple[str, tuple[Any, ...]]] = []
    for name in ("save_rule", "mute_rule", "remove_rule", "add_channel", "remove_channel", "send_test", "resolve"):
        monkeypatch.setattr(commands, name, lambda *args, name=name, **_named: found.append((name, args)))
    monkeypatch.setattr(commands, "snooze", lambda *args: found.append(("snooze", args)))
    return found


def test_without_rules_the_page_offers_the_usual_ones(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "alerts")
    assert not dashboard.exception
    assert dashboard.markdown[0].value == (
        "**Nothing is open**, 0 rules watching; told here only: no channel is set up."
    )
    dashboard.button(key="new_rule_budget").click().run()
    assert chosen(dashboard, "rule") == "new"
    assert "Spending reaches a share of an amount" in words(dashboard)


def test_before_the_first_span_it_says_so_and_takes_rules_all_the_same(dashboard: AppTest, store: FakeStore) -> None:
    store.freshness = Freshness(any_spans=False, newest_received_ns=None, version=0)
    open_page(dashboard, "alerts")
    assert "No span has been received yet" in words(dashboard)
    assert dashboard.button(key="new_rule_failed")


def test_open_events_are_listed_and_snoozed_ones_stand_apart(dashboard: AppTest, store: FakeStore) -> None:
    store.alerts.rules = (rule(),)
    store.alerts.open_events = (event(), event(event_id="f" * 32, snoozed_until_ns=2**62))
    open_page(dashboard, "alerts")
    assert dashboard.markdown[0].value.startswith("**1 alert** open, 1 snoozed, 1 rule watching")
    assert column(dashboard, "what", "alert_events") == ["support failed"]
    [row] = listed(dashboard, parts(dashboard).index("alert_events"))["rows"]
    assert row["href"] == f"alerts?event={EVENT_ID}"
    open_page(dashboard, "alerts", inbox="resolved")
    assert "Nothing is resolved" in words(dashboard)


def test_a_budget_shows_what_is_spent_and_where_it_heads(dashboard: AppTest, store: FakeStore) -> None:
    store.alerts.rules = (budget(limit_usd=400.0),)
    store.alerts.budgets = (
        BudgetState(rule_id="aaaa0001", value=None, spent_nusd=83 * 10**9, expected_nusd=442 * 10**9),
    )
    open_page(dashboard, "alerts")
    assert not dashboard.exception
    assert "83\\.00 of \\$400\\.00\\, heading for \\$442\\.00" in words(dashboard)


def test_an_outage_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.outage = True
    for params in ({}, {"event": EVENT_ID}, {"rule": "aaaa0001"}):
        open_page(dashboard, "alerts", **params)
        assert not dashboard.exception
        assert "database can't be reached" in dashboard.error[0].value


@pytest.mark.parametrize("params", [{"event": EVENT_ID}, {"rule": "aaaa0001"}])
def test_a_link_to_what_is_not_there_says_so(dashboard: AppTest, params: dict[str, str]) -> None:
    open_page(dashboard, "alerts", **params)
    assert "No such" in words(dashboard)


def test_an_event_shows_its_runs_and_can_be_resolved(
    dashboard: AppTest, store: FakeStore, said: list[tuple[str, tuple[Any, ...]]]
) -> None:
    store.alerts.rules = (rule(),)
    store.alerts.open_events = (event(count=3),)
    store.alerts.runs_behind = (summary(),)
    open_page(dashboard, "alerts", event=EVENT_ID)
    assert not dashboard.exception
    assert "boom" in words(dashboard)
    assert "**3** runs" in words(dashboard)
    dashboard.button(key="event_resolve").click().run()
    dashboard.button(key="event_snooze_3600").click().run()
    assert said == [("resolve", ("default", EVENT_ID)), ("snooze", ("default", EVENT_ID, 3600))]


def test_a_state_can_only_be_snoozed(dashboard: AppTest, store: FakeStore) -> None:
    store.alerts.rules = (rule("silence"),)
    store.alerts.open_events = (event(evidence=Evidence()),)
    open_page(dashboard, "alerts", event=EVENT_ID)
    assert "over by itself" in words(dashboard)
    assert "event_resolve" not in [button.key for button in dashboard.button]


def test_a_new_rule_asks_only_for_the_fields_of_its_kind(
    dashboard: AppTest, store: FakeStore, said: list[tuple[str, tuple[Any, ...]]]
) -> None:
    store.alerts.channels = (CHANNEL,)
    open_page(dashboard, "alerts", rule="new")
    assert not dashboard.number_input
    dashboard.button_group(key="rule_new_kind").set_value("slow").run()
    dashboard.number_input(key="rule_new_slow_seconds").set_value(2.5).run()
    dashboard.button(key="rule_save").click().run()
    ((name, (saved,)),) = said
    assert name == "save_rule"
    assert isinstance(saved, AlertRule)
    assert (saved.kind, saved.terms.seconds, saved.channels) == ("slow", 2.5, ("c1",))
    assert chosen(dashboard, "rule") is None


def test_a_rule_that_cannot_be_says_what_is_missing(dashboard: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_rule: AlertRule) -> str:
        raise BadQuery("an amount above 0 is missing")

    monkeypatch.setattr(commands, "save_rule", refuse)
    open_page(dashboard, "alerts", rule="new")
    dashboard.button(key="rule_save").click().run()
    assert "an amount above 0 is missing" in dashboard.error[0].value


def test_a_rule_is_changed_muted_and_deleted(
    dashboard: AppTest, store: FakeStore, said: list[tuple[str, tuple[Any, ...]]]
) -> None:
    store.alerts.rules = (budget(),)
    open_page(dashboard, "alerts")
    dashboard.button(key="mute_aaaa0001").click().run()
    open_page(dashboard, "alerts", rule="aaaa0001")
    assert not dashboard.exception
    assert dashboard.number_input[0].value == 100.0
    dashboard.button(key="rule_delete_sure").click().run()
    assert [name for name, _ in said] == ["mute_rule", "remove_rule"]


def test_a_channel_shows_its_place_and_is_tried(
    dashboard: AppTest, store: FakeStore, said: list[tuple[str, tuple[Any, ...]]]
) -> None:
    store.alerts.channels = (CHANNEL,)
    open_page(dashboard, "alerts")
    assert "example\\.com" in words(dashboard)
    dashboard.button(key="test_c1").click().run()
    dashboard.text_input(key="channel_url_webhook_0").set_value("https://example.com/x")
    next(button for button in dashboard.button if button.label == "Add channel").click().run()
    assert said == [("send_test", (CHANNEL,)), ("add_channel", ("Webhook", "webhook", "https://example.com/x"))]


def test_an_alert_is_announced_once_with_a_link(dashboard: AppTest, store: FakeStore) -> None:
    store.alerts.told_since = (event(title=HOSTILE),)
    open_page(dashboard, "home")
    assert not dashboard.toast
    dashboard.run()
    (toast,) = dashboard.toast
    assert f"(/alerts?event={EVENT_ID})" in toast.value
    assert "![x](" not in toast.value


def test_hostile_text_is_shown_as_text(dashboard: AppTest, store: FakeStore) -> None:
    store.alerts.rules = (rule(name=HOSTILE, workflow=HOSTILE),)
    store.alerts.open_events = (event(title=HOSTILE, detail=HOSTILE),)
    store.alerts.channels = (ChannelSeen(project_id="p", channel_id="c", name=HOSTILE, kind="chat", place="Slack"),)
    for params in ({}, {"event": EVENT_ID}, {"rule": "aaaa0001"}):
        open_page(dashboard, "alerts", **params)
        assert not dashboard.exception
        for element in [*dashboard.markdown, *dashboard.subheader, *dashboard.caption]:
            assert "![x](" not in element.value
