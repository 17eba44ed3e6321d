from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

from streamlit.testing.v1 import AppTest

from app.address import parse
from app.frames.listing import Column, Row
from app.frames.sessions import DAY_COLUMNS, SESSION_COLUMNS, day_rows, listed_sentence, session_rows
from app.selection import day_period
from collector.store.records import Freshness
from tests.app.conftest import FakeStore, chosen, column, open_page, parts, words
from tests.app.samples import HOSTILE, HOUR_NS, NOW_NS, summary
from tests.app.work import session, turn, user, user_run


def test_sessions_come_first_and_users_are_a_click_away(dashboard: AppTest) -> None:
    open_page(dashboard, "sessions", period="7d")
    assert not dashboard.exception
    assert column(dashboard, "session") == ["chat-1"]
    open_page(dashboard, "sessions", view="users")
    assert column(dashboard, "user") == ["ana"]


def test_a_search_goes_to_the_store_and_into_the_url(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "sessions")
    dashboard.text_input[0].set_value("chat").run()
    assert chosen(dashboard, "find") == "chat"
    assert [args[1] for name, args in store.asked if name == "sessions"][-1] == "chat"


def test_a_search_without_a_hit_can_be_cleared(dashboard: AppTest, store: FakeStore) -> None:
    store.sessions = ()
    open_page(dashboard, "sessions", find="zzz")
    assert "Nothing matches" in words(dashboard)
    dashboard.button(key="nothing_here_offer").click().run()
    assert chosen(dashboard, "find") is None


def test_no_session_says_which_attribute_makes_one(dashboard: AppTest, store: FakeStore) -> None:
    store.sessions, store.users = (), ()
    open_page(dashboard, "sessions")
    assert "session.id" in words(dashboard)
    open_page(dashboard, "sessions", view="users")
    assert "user.id" in words(dashboard)


def test_an_empty_database_shows_how_to_send_a_trace(dashboard: AppTest, store: FakeStore) -> None:
    store.freshness = Freshness(any_spans=False, newest_received_ns=None, version=0)
    open_page(dashboard, "sessions")
    assert "quick_start" in words(dashboard)


def test_an_outage_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.outage = True
    for params in ({}, {"session": "chat-1"}, {"user": "ana"}):
        open_page(dashboard, "sessions", **params)
        assert "database can't be reached" in dashboard.error[0].value


def test_a_session_is_told_turn_by_turn(dashboard: AppTest, store: FakeStore) -> None:
    failed = summary(outcome="failed", error="Timeout: no answer", trace_id="f" * 32)
    store.sessions = (session(turns=2, failed=1),)
    store.turns = (turn(), turn(trace=failed, asked="And now?", answered=None))
    open_page(dashboard, "sessions", session="chat-1")
    assert not dashboard.exception
    said = words(dashboard)
    for expected in ("Turn 1", "Where is my parcel?", "In Porto.", "Turn 2", "And now?", "Timeout: no answer"):
        assert expected in said


def test_earlier_turns_are_shown_when_asked_and_numbered_from_the_first(dashboard: AppTest, store: FakeStore) -> None:
    store.sessions = (session(turns=50),)
    open_page(dashboard, "sessions", session="chat-1")
    assert "Turn 50" in words(dashboard)
    dashboard.button(key="earlier").click().run()
    assert [args[1] for name, args in store.asked if name == "turns"] == [20, 21]


def test_a_link_to_a_session_that_is_not_there_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.sessions = ()
    open_page(dashboard, "sessions", session="nowhere")
    assert "No such session" in words(dashboard)
    assert "nowhere" in words(dashboard)


def test_a_user_opens_with_days_and_what_was_seen(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "sessions", user="ana")
    assert not dashboard.exception
    assert parts(dashboard) == ["days", "user_runs"]
    wanted = next(args[0] for name, args in store.asked if name == "traces")
    assert wanted.user_id == "ana"


def test_a_day_in_the_link_narrows_what_was_seen(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "sessions", user="ana", day="2026-11-15")
    wanted = next(args[0] for name, args in store.asked if name == "traces")
    assert wanted.period == day_period("2026-11-15", UTC)
    dashboard.button(key="any_day").click().run()
    assert chosen(dashboard, "day") is None


def test_a_user_without_runs_in_the_period_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.users, store.traces = (), ()
    open_page(dashboard, "sessions", user="ana")
    assert "Nothing in the last 24 h" in words(dashboard)
    assert parts(dashboard) == ["days"]


def test_a_user_without_runs_on_any_day_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.users, store.user_runs = (), ()
    open_page(dashboard, "sessions", user="ana")
    assert "The user started no run" in words(dashboard)


def test_days_to_choose_from_go_back_further_than_the_chosen_hours(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "sessions", user="ana", period="1h")
    wanted = next(args[0] for name, args in store.asked if name == "user_runs")
    assert wanted.period.length_ns == 30 * 24 * HOUR_NS


def test_who_was_not_here_lately_is_looked_for_in_the_last_days(dashboard: AppTest, store: FakeStore) -> None:
    store.users = ()
    open_page(dashboard, "sessions", view="users", find="ana")
    asked = [args[0].period.length_ns for name, args in store.asked if name == "users"]
    assert asked == [24 * HOUR_NS, 30 * 24 * HOUR_NS]


def test_a_day_without_runs_says_so(dashboard: AppTest, store: FakeStore) -> None:
    store.traces = ()
    open_page(dashboard, "sessions", user="ana", day="2026-11-15")
    assert "Nothing on this day" in words(dashboard)


def test_days_are_those_of_the_viewer() -> None:
    late = NOW_NS + 8 * HOUR_NS  # 23:00 UTC
    runs = [user_run(start_ns=late, outcome="failed"), user_run(cost_usd=None, session_id=None)]
    rows = day_rows(runs, ZoneInfo("Europe/Berlin"), "2026-11-22", str)
    assert [(row.id, row.is_chosen) for row in rows] == [("2026-11-23", False), ("2026-11-22", True)]
    assert [said(row, "outcome") for row in rows] == ["▲ 1 failed", "●"]
    assert said(rows[1], "cost_usd") == "unknown"
    assert len(day_rows(runs, UTC, None, str)) == 1


def said(row: Row, column: str, columns: Sequence[Column] = DAY_COLUMNS) -> str:
    cell = row.cells[[shown.id for shown in columns].index(column)]
    return cell if isinstance(cell, str) else cell.text


def test_a_day_is_as_long_as_it_was_there() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert day_period("2026-11-22", zone).length_ns == 24 * HOUR_NS
    assert day_period("2026-10-25", zone).length_ns == 25 * HOUR_NS


def test_a_day_that_does_not_exist_is_left_out() -> None:
    assert [parse({"day": [day]}).day for day in ("2026-02-30", "x", "2026-11-22")] == [None, None, "2026-11-22"]


def test_the_sentence_counts_failures_and_known_costs() -> None:
    listed = [session(failed=2, cost_usd=None), session(cost_usd=0.5)]
    assert (
        listed_sentence(listed, "session", has_more=True) == "**The latest 2 sessions**, **2 failed runs**, \\$0\\.5000"
    )


def test_an_unknown_cost_stays_unknown() -> None:
    (row,) = session_rows([session(cost_usd=None, total_tokens=None)], UTC, str)
    assert {said(row, name, SESSION_COLUMNS) for name in ("cost_usd", "tokens")} == {"unknown"}


def test_hostile_text_is_shown_as_text(dashboard: AppTest, store: FakeStore) -> None:
    store.sessions = (session(session_id=HOSTILE, user_id=HOSTILE),)
    store.users = (user(user_id=HOSTILE),)
    store.turns = (turn(asked=HOSTILE, answered=HOSTILE),)
    for params in ({}, {"session": HOSTILE}, {"user": HOSTILE}, {"view": "users"}):
        open_page(dashboard, "sessions", **params)
        assert not dashboard.exception
        for element in [*dashboard.markdown, *dashboard.subheader, *dashboard.caption, *dashboard.metric]:
            assert "![x](" not in element.value
