from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from collector.errors import BadQuery, NotFound
from collector.store.commands import alerts as commands
from collector.store.commands.writing import writing as transaction
from collector.store.commit import commit
from collector.store.reads import alerts as reads
from collector.store.reads.costs import get_costs, sum_spend
from collector.store.reads.days import calendar_bounds_ns
from collector.store.reads.freshness import get_freshness
from collector.store.records import AlertDelivery, AlertRule, Period, Scope
from collector.store.records.costs import CostQuestion
from collector.store.watch import add_matches, claim_deliveries, forget_old, queue_delivery, save_event, set_looked
from tests.alert_rules import NOW_NS, budget, channel, event, rule
from tests.conftest import SCOPE
from tests.store.rows import START_NS, batch, llm

HOUR_NS = 3_600 * 10**9
PERIOD = Period(START_NS - HOUR_NS, START_NS + HOUR_NS)


def delivery(delivery_id: str = "d1", **changes: Any) -> AlertDelivery:
    values: dict[str, Any] = {
        "project_id": "default",
        "delivery_id": delivery_id,
        "event_id": None,
        "channel_id": "c1",
        "message": "{}",
        "created_ns": NOW_NS,
        "attempts": 0,
        "next_ns": NOW_NS,
        "sent_ns": None,
        "answer": None,
    }
    return AlertDelivery(**(values | changes))


def test_a_rule_is_kept_as_it_was_made_and_changed(writing: Engine, reading: Engine) -> None:
    made = budget(dimension="user", value="ann", thresholds=(80,), channels=("c1",))
    commands.put_rule(writing, made)
    assert reads.list_rules(reading, SCOPE) == (made,)
    commands.put_rule(writing, replace(made, name="  Two\nlines "))
    commands.mute_rule(writing, "default", made.rule_id, is_muted=True)
    set_looked(writing, [made], {made.rule_id: 7})
    found = reads.get_rule(reading, SCOPE, made.rule_id)
    assert (found.name, found.is_muted, found.looked_ns) == ("Two lines", True, 7)
    assert get_freshness(reading, SCOPE).version == 3


@pytest.mark.parametrize(
    "wrong",
    [
        rule("other"),
        rule("budget"),
        budget(limit_usd=0.0),
        budget(thresholds=()),
        budget(period="year"),
        budget(value="ann"),
        rule("slow"),
        rule("dear", limit_usd=-1.0),
        rule("error_rate", percent=101.0),
        rule("silence", minutes=0),
        rule("disk"),
        rule(name=" "),
        rule(name="x" * 81),
    ],
)
def test_a_rule_that_could_find_nothing_is_refused(writing: Engine, wrong: AlertRule) -> None:
    with pytest.raises(BadQuery):
        commands.put_rule(writing, wrong)


def test_another_projects_rules_channels_and_events_are_out_of_reach(writing: Engine, reading: Engine) -> None:
    theirs: dict[str, Any] = {"project_id": "other"}
    commands.put_rule(writing, rule(**theirs))
    commands.add_channel(writing, replace(channel("https://example.com"), **theirs))
    with transaction(writing) as connection:
        save_event(connection, event(**theirs), is_new=True)
    changes: list[Callable[[], None]] = [
        lambda: commands.mute_rule(writing, "default", "aaaa0001", is_muted=True),
        lambda: commands.remove_rule(writing, "default", "aaaa0001"),
        lambda: commands.remove_channel(writing, "default", "c1"),
        lambda: commands.resolve_event(writing, "default", "e" * 32),
        lambda: commands.snooze_event(writing, "default", "e" * 32, NOW_NS),
    ]
    for change in changes:
        with pytest.raises(NotFound):
            change()
    assert reads.list_rules(reading, SCOPE) == reads.list_channels(reading, SCOPE) == ()
    assert reads.list_events(reading, SCOPE, is_over=False) == ()
    assert len(reads.list_events(reading, Scope(("other",)), is_over=False)) == 1


def test_the_events_of_a_deleted_rule_are_over(writing: Engine, reading: Engine) -> None:
    commands.put_rule(writing, rule())
    with transaction(writing) as connection:
        save_event(connection, event(), is_new=True)
    commands.remove_rule(writing, "default", "aaaa0001")
    (found,) = reads.list_events(reading, SCOPE, is_over=True)
    assert found.resolved_ns is not None
    with pytest.raises(NotFound):
        reads.get_rule(reading, SCOPE, "aaaa0001")


def test_open_pages_are_told_of_what_was_announced_since(writing: Engine, reading: Engine) -> None:
    with transaction(writing) as connection:
        save_event(connection, event(), is_new=True)
        save_event(connection, event(event_id="f" * 32, told_ns=None), is_new=True)
    assert [e.event_id for e in reads.list_told_events(reading, SCOPE, NOW_NS - 1)] == ["e" * 32]
    assert reads.list_told_events(reading, SCOPE, NOW_NS) == ()


def test_the_same_event_match_and_delivery_are_written_once(writing: Engine, reading: Engine) -> None:
    with transaction(writing) as connection:
        assert save_event(connection, event(), is_new=True)
        assert not save_event(connection, event(title="again"), is_new=True)
        assert add_matches(connection, rule(), {"a": "e", "b": "e"}, NOW_NS) == {"a", "b"}
        assert add_matches(connection, rule(), {"a": "e", "c": "e"}, NOW_NS) == {"c"}
        queue_delivery(connection, delivery())
        queue_delivery(connection, delivery(message="again"))
    assert [e.title for e in reads.list_events(reading, SCOPE, is_over=False)] == ["support failed"]
    assert [d.message for d in reads.list_deliveries(reading, SCOPE)] == ["{}"]


def test_a_delivery_is_claimed_by_one_and_again_after_a_minute(writing: Engine, reading: Engine) -> None:
    with transaction(writing) as connection:
        queue_delivery(connection, delivery())
    assert not reads.has_due_delivery(reading, NOW_NS - 1)
    assert len(claim_deliveries(writing, NOW_NS)) == 1
    assert claim_deliveries(writing, NOW_NS) == ()
    assert [one.attempts for one in claim_deliveries(writing, NOW_NS + 60 * 10**9)] == [1]


def test_what_is_a_month_old_is_forgotten(writing: Engine, reading: Engine) -> None:
    with transaction(writing) as connection:
        add_matches(connection, rule(), {"a": "e"}, NOW_NS)
        queue_delivery(connection, delivery())
        queue_delivery(connection, delivery("d2", created_ns=NOW_NS + HOUR_NS))
    forget_old(writing, ["default"], NOW_NS + 30 * 24 * HOUR_NS + 1)
    assert [one.delivery_id for one in reads.list_deliveries(reading, SCOPE)] == ["d2"]
    assert reads.known_matches(reading, rule(), ["a"]) == frozenset()


@pytest.mark.parametrize("dimension", ["user", "model", "tag", "team"])
def test_what_a_budget_counts_is_what_the_cost_report_says(writing: Engine, reading: Engine, dimension: str) -> None:
    for number, (user, cost_nusd) in enumerate([("ann", 5), ("bob", 7), ("ann", 11), (None, 13)], 1):
        fields: dict[str, Any] = {"user_id": user, "request_model": f"m{number % 2}", "cost_source": "reported"}
        commit(writing, [batch(llm(1, trace_id=f"{number:032x}", cost_nusd=cost_nusd, **fields))])
    report = get_costs(reading, SCOPE, CostQuestion(now=PERIOD, before=PERIOD, by=(dimension,)))
    by_value: dict[str | None, int] = {}
    for cell in report.now:
        by_value[cell.groups[0]] = by_value.get(cell.groups[0], 0) + (cell.spend.cost_nusd or 0)
    assert sum_spend(reading, SCOPE, PERIOD, dimension, None) == by_value
    assert sum_spend(reading, SCOPE, PERIOD, None, None) == {None: report.total_now.cost_nusd} == {None: 36}


def test_a_budget_of_one_value_counts_that_one(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(llm(1, cost_nusd=5, cost_source="reported", user_id="ann"))])
    assert sum_spend(reading, SCOPE, PERIOD, "user", "ann") == {"ann": 5}
    assert sum_spend(reading, SCOPE, PERIOD, "user", "bob") == {}


@pytest.mark.parametrize(
    ("length", "start", "end"),
    [("day", "2026-03-29", "2026-03-30"), ("week", "2026-03-23", "2026-03-30"), ("month", "2026-03-01", "2026-04-01")],
)
def test_a_period_begins_and_ends_at_midnight_where_reports_are_made(length: str, start: str, end: str) -> None:
    """On the Sunday on which the clock changes."""
    zone = ZoneInfo("Europe/Berlin")
    noon_ns = int(datetime(2026, 3, 29, 12, tzinfo=zone).timestamp()) * 10**9
    found = [
        datetime.fromtimestamp(ns // 10**9, zone).isoformat() for ns in calendar_bounds_ns(noon_ns, length, zone.key)
    ]
    assert [moment[:19] for moment in found] == [f"{start}T00:00:00", f"{end}T00:00:00"]
