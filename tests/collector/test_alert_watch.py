"""The watch over the rules, with a real web server at the other end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.alerting import looking
from collector.alerting import watch as watching
from collector.alerting.watch import AlertWatch
from collector.config import Settings
from collector.store.commands import alerts as commands
from collector.store.commit import commit
from collector.store.reads import alerts as reads
from collector.store.records import AlertEvent
from collector.store.watch import claim_deliveries, take_lease
from tests.alert_rules import Inbox, budget, channel, rule, webhook
from tests.conftest import SCOPE
from tests.forked import forked_collector
from tests.servers import wait_for
from tests.store.rows import batch, llm, span

Watch = Callable[[], AlertWatch]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with webhook() as found:
        yield found


@pytest.fixture
def watch(writing: Engine, reading: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Makes watches over one database, whose rules are due at every look."""
    monkeypatch.setattr(watching, "_EVERY_S", dict.fromkeys(watching._EVERY_S, 0.0))
    monkeypatch.setattr(watching, "_SHARE", 0)
    settings = Settings(database_url=database_url, dashboard_url="https://traces.example")
    return lambda: AlertWatch(settings, writing, reading)


def fail(engine: Engine, number: int, **changes: Any) -> str:
    """A run that fails now; its id."""
    trace_id = f"{number:032x}"
    now_ns = time.time_ns()
    fields = {
        "workflow": "support",
        "status": "error",
        "start_ns": now_ns,
        "end_ns": now_ns + 10**9,
        "received_ns": now_ns,
    }
    commit(engine, [batch(span(1, **{"trace_id": trace_id, "kind": "workflow", **fields, **changes}))])
    return trace_id


def spend(engine: Engine, number: int, usd: float, user: str | None = None) -> None:
    now_ns = time.time_ns()
    fields = {"start_ns": now_ns, "end_ns": now_ns + 1, "received_ns": now_ns, "user_id": user}
    trace_id = f"{number:032x}"
    commit(engine, [batch(llm(1, trace_id=trace_id, cost_nusd=int(usd * 10**9), cost_source="reported", **fields))])


def look(one: AlertWatch) -> None:
    """Looks once and sends what is due."""
    one.look()
    for delivery in claim_deliveries(one._writer, time.time_ns()):
        one.send_one(delivery)


def events(engine: Engine) -> list[AlertEvent]:
    return [*reads.list_events(engine, SCOPE, is_over=False), *reads.list_events(engine, SCOPE, is_over=True)]


def test_a_failing_trace_is_told_with_links_to_its_evidence(
    writing: Engine, reading: Engine, watch: Watch, inbox: Inbox
) -> None:
    commands.add_channel(writing, channel(inbox.url))
    commands.put_rule(writing, rule(channels=("c1",), created_ns=time.time_ns()))
    trace_id = fail(writing, 1)
    one = watch()
    look(one)
    look(one)
    (said,) = inbox.messages
    assert (said["title"], said["rule"]["kind"]) == ("support failed", "failed")
    links = {link["label"]: link["url"] for link in said["links"]}
    assert links["Trace"] == f"https://traces.example/trace?trace={trace_id}"
    (found,) = events(reading)
    assert [run.trace_id for run in reads.list_event_runs(reading, SCOPE, found.event_id)] == [trace_id]
    (sent,) = reads.list_deliveries(reading, SCOPE, found.event_id)
    assert (sent.answer, sent.attempts, sent.next_ns) == ("HTTP 200", 1, None)


def test_a_trace_that_grows_counts_once_and_other_rules_say_nothing(
    writing: Engine, reading: Engine, watch: Watch
) -> None:
    commands.put_rule(writing, rule(created_ns=time.time_ns()))
    commands.put_rule(writing, rule(rule_id="aaaa0002", workflow="billing", created_ns=time.time_ns()))
    fail(writing, 1)
    one = watch()
    look(one)
    commit(writing, [batch(span(2, trace_id=f"{1:032x}", received_ns=time.time_ns()))])
    look(one)
    assert [(e.title, e.count) for e in events(reading)] == [("support failed", 1)]


def test_many_runs_that_came_at_once_are_looked_at_page_by_page(
    writing: Engine, reading: Engine, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "MOST", 3)
    monkeypatch.setattr(reads.list_alert_runs, "__kwdefaults__", {"limit": 3})
    monkeypatch.setattr(looking, "_PAGES", 2)
    commands.put_rule(writing, rule(created_ns=time.time_ns()))
    received_ns = time.time_ns()
    for number in range(1, 9):
        fail(writing, number, received_ns=received_ns)
    one = watch()
    counts = []
    for _ in range(3):
        look(one)
        counts.append(events(reading)[0].count)
    assert counts == [6, 8, 8]


def test_two_watches_at_once_make_one_event_and_one_message(
    writing: Engine, reading: Engine, watch: Watch, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where both believe that they have the lease."""
    monkeypatch.setattr(AlertWatch, "_is_mine", lambda *_: True)
    commands.add_channel(writing, channel(inbox.url))
    commands.put_rule(writing, rule(channels=("c1",), created_ns=time.time_ns()))
    commands.put_rule(writing, budget(rule_id="aaaa0002", limit_usd=1.0, channels=("c1",)))
    fail(writing, 1)
    spend(writing, 2, usd=0.9)
    both = [watch(), watch()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, both * 2))
    assert sorted(e.title for e in events(reading)) == ["Mine: 80 % of $1.00 spent", "support failed"]
    assert sorted(said["title"] for said in inbox.messages) == ["Mine: 80 % of $1.00 spent", "support failed"]


def test_one_process_has_the_lease_until_it_is_over(writing: Engine) -> None:
    assert take_lease(writing, "alerts", "a", 10**12)
    assert not take_lease(writing, "alerts", "b", 10**12)
    assert take_lease(writing, "alerts", "a", -1)
    assert take_lease(writing, "alerts", "b", 10**12)


def test_a_budget_for_each_user_rises_by_its_thresholds(writing: Engine, reading: Engine, watch: Watch) -> None:
    commands.put_rule(writing, budget(limit_usd=1.0, dimension="user"))
    one = watch()
    spend(writing, 1, usd=0.6, user="ann")
    spend(writing, 2, usd=0.2, user="bob")
    look(one)
    spend(writing, 3, usd=0.5, user="ann")
    look(one)
    (found,) = events(reading)
    assert (found.level, found.opening, found.evidence.cost_where) == (100, 1, "user:ann")


def test_a_delivery_that_fails_is_tried_again_and_shows_its_last_answer(
    writing: Engine, reading: Engine, watch: Watch, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRIES_S", (0, 0))
    inbox.answers = [503, 302]
    commands.add_channel(writing, channel(inbox.url))
    commands.put_rule(writing, rule(channels=("c1",), created_ns=time.time_ns()))
    fail(writing, 1)
    one = watch()
    answers = []
    for _ in range(3):
        look(one)
        (delivery,) = reads.list_deliveries(reading, SCOPE)
        answers.append((delivery.answer, delivery.sent_ns is not None))
    assert answers == [("HTTP 503", False), ("HTTP 302", False), ("HTTP 200", True)]


def test_a_delivery_is_given_up_after_its_last_attempt(
    writing: Engine, reading: Engine, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRIES_S", ())
    commands.add_channel(writing, channel("http://127.0.0.1:9/x"))
    commands.put_rule(writing, rule(channels=("c1",), created_ns=time.time_ns()))
    fail(writing, 1)
    look(watch())
    (delivery,) = reads.list_deliveries(reading, SCOPE)
    assert (delivery.answer, delivery.next_ns, delivery.sent_ns) == ("no connection", None, None)


def test_a_snoozed_event_sends_nothing(writing: Engine, reading: Engine, watch: Watch, inbox: Inbox) -> None:
    commands.add_channel(writing, channel(inbox.url))
    commands.put_rule(writing, rule(channels=("c1",), created_ns=time.time_ns()))
    one = watch()
    fail(writing, 1)
    look(one)
    (found,) = events(reading)
    commands.snooze_event(writing, "default", found.event_id, time.time_ns() + 3_600 * 10**9)
    fail(writing, 2)
    look(one)
    (found,) = events(reading)
    assert (found.count, found.state(time.time_ns()), len(inbox.messages)) == (2, "snoozed", 1)


def test_other_kinds_of_rules_find_what_they_watch(writing: Engine, reading: Engine, watch: Watch) -> None:
    now_ns = time.time_ns()
    commands.put_rule(writing, rule("error_rate", "aaaa0001", percent=50.0, least_runs=1, created_ns=now_ns))
    commands.put_rule(writing, rule("new_error", "aaaa0002", created_ns=now_ns))
    commands.put_rule(writing, rule("silence", "aaaa0003", service="api", minutes=1))
    commands.put_rule(writing, rule("disk", "aaaa0004", days=7.0))
    fail(writing, 1, exception_type="Boom", exception_fingerprint="f1", start_ns=now_ns - 9)
    one = watch()
    look(one)
    titles = sorted(e.title for e in events(reading))
    assert titles == ["All workflows: 100 % of runs fail", "New error: Boom", "No spans from api for 1 min"]
    fail(writing, 2, service="api")
    look(one)
    (over,) = reads.list_events(reading, SCOPE, is_over=True)
    assert over.title == "No spans from api for 1 min"


def test_the_end_of_a_silence_is_told_too(writing: Engine, reading: Engine, watch: Watch, inbox: Inbox) -> None:
    commands.add_channel(writing, channel(inbox.url))
    commands.put_rule(writing, rule("silence", "aaaa0003", service="api", minutes=1, channels=("c1",)))
    one = watch()
    look(one)
    fail(writing, 2, service="api")
    look(one)
    look(one)
    assert [(said["state"], said["title"]) for said in inbox.messages] == [
        ("open", "No spans from api for 1 min"),
        ("resolved", "Over: No spans from api for 1 min"),
    ]


def test_errors_that_are_new_in_one_look_are_one_message(
    writing: Engine, reading: Engine, watch: Watch, inbox: Inbox
) -> None:
    commands.add_channel(writing, channel(inbox.url))
    commands.put_rule(writing, rule("new_error", "aaaa0002", channels=("c1",), created_ns=time.time_ns()))
    for number in range(1, 14):
        fail(writing, number, exception_type=f"Boom{number}", exception_fingerprint=f"f{number}")
    one = watch()
    look(one)
    look(one)
    (said,) = inbox.messages
    assert (said["title"], len(said["event_ids"])) == ("13 new errors", 13)
    assert "Boom" in said["detail"]
    assert said["detail"].endswith("and 3 more")
    fail(writing, 20, exception_type="Last", exception_fingerprint="f20")
    look(one)
    assert [said["title"] for said in inbox.messages[1:]] == ["New error: Last"]


@pytest.mark.parametrize(("length", "ending"), [("day", "today"), ("week", "this week")])
def test_a_budget_of_a_day_or_week_speaks_by_forecast(
    writing: Engine, reading: Engine, watch: Watch, length: str, ending: str
) -> None:
    """On a Wednesday at noon; every day a call at eleven."""
    day_ns = 86_400 * 10**9
    now_ns = (time.time_ns() // (7 * day_ns)) * 7 * day_ns - day_ns // 2
    for days_ago in range(15):
        times = dict.fromkeys(("start_ns", "end_ns", "received_ns"), now_ns - days_ago * day_ns - 3_600 * 10**9)
        call = llm(1, trace_id=f"{days_ago + 1:032x}", cost_nusd=10**10, cost_source="reported", **times)
        commit(writing, [batch(call)])
    limit_usd = 14.0 if length == "day" else 40.0
    found = budget(period=length, limit_usd=limit_usd, forecasts=True, thresholds=(100,))
    commands.put_rule(writing, found)
    watch()._look.at_rule(found, now_ns)
    (event,) = events(reading)
    assert event.title.startswith("Mine: heading for $")
    assert event.title.endswith(ending)


@pytest.mark.faults
def test_two_collectors_tell_within_seconds_and_once(tmp_path: Path, inbox: Inbox) -> None:
    from collector.store.engine import open_writer
    from tests.browser.test_main_job import LLM, post
    from tests.collector.otlp_requests import body, proto_span

    with forked_collector(tmp_path) as first, forked_collector(tmp_path) as second:
        engine = open_writer(f"sqlite:///{tmp_path / 'msgtrace.db'}")
        commands.add_channel(engine, channel(inbox.url))
        commands.put_rule(engine, rule(channels=("c1",), created_ns=time.time_ns()))
        commands.put_rule(engine, budget(rule_id="aaaa0002", limit_usd=1e-9, channels=("c1",)))
        for number, server in enumerate((first, second)):
            now_ns = time.time_ns()
            times = {"start_time_unix_nano": now_ns - 10**9, "end_time_unix_nano": now_ns}
            failing = proto_span(1, error=True, name=f"run {number}", trace_id=bytes([number + 1] * 16), **times)
            sent_s = time.monotonic()
            call = proto_span(2, attributes=LLM, trace_id=bytes([number + 1] * 16), **times)
            post(server, body(failing, call))
            wait_for(lambda: any(said["title"].startswith(f"run {number}") for said in inbox.messages), 5.0)  # noqa: B023
            assert time.monotonic() - sent_s < 5.0
        wait_for(lambda: len(inbox.messages) >= 3)
        engine.dispose()
    assert sorted(said["title"] for said in inbox.messages)[0].startswith("Mine: 100 %")
    assert len(inbox.messages) == 3
