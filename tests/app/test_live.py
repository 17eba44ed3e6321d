"""What a tick redraws, and what the page says about how it is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import live, queries, state
from collector.config import get_settings
from collector.store.records import Freshness
from collector.tickets import admits_to_stream
from tests.app.conftest import FakeStore, listens, open_page

EVERY_PART = ["pulse", "content", "tick"]


@pytest.fixture
def reruns(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the callback of a tick reruns, in a run of the tick's own; the page was drawn at the store's version."""
    asked: list[Any] = []
    kept: dict[str, Any] = {}
    monkeypatch.setattr(state, "keep", kept.__setitem__)
    monkeypatch.setattr(state, "kept", kept.get)
    monkeypatch.setattr(live.st, "rerun", asked.append)
    share_the_run_with(monkeypatch, ["tick"])
    kept["drawn"] = live._stamp(follows_clock=True)
    return asked


def share_the_run_with(monkeypatch: pytest.MonkeyPatch, fragments: list[str] | None) -> None:
    context = SimpleNamespace(fragment_ids_this_run=fragments)
    monkeypatch.setattr(live, "get_script_run_ctx", lambda: context)


def something_new(store: FakeStore) -> None:
    store.freshness = Freshness(any_spans=True, version=store.freshness.version + 1)


def test_a_tick_without_news_redraws_nothing(reruns: list[Any]) -> None:
    live._redraw_if_new(follows_clock=True)
    assert reruns == []


def test_a_tick_redraws_only_the_parts_that_change(reruns: list[Any], store: FakeStore) -> None:
    something_new(store)
    live._redraw_if_new(follows_clock=True)
    assert reruns == [EVERY_PART]


def test_an_outage_is_drawn_once(reruns: list[Any], store: FakeStore) -> None:
    store.outage = True
    live._redraw_if_new(follows_clock=True)
    state.keep("drawn", live._stamp(follows_clock=True))
    live._redraw_if_new(follows_clock=True)
    assert reruns == [EVERY_PART]


@pytest.mark.parametrize("fragments", [None, ["tick", "another"]], ids=["a full run", "another fragment"])
def test_a_tick_never_takes_the_place_of_what_the_viewer_asked_for(
    reruns: list[Any], store: FakeStore, monkeypatch: pytest.MonkeyPatch, fragments: list[str] | None
) -> None:
    share_the_run_with(monkeypatch, fragments)
    something_new(store)
    live._redraw_if_new(follows_clock=True)
    assert reruns == []


def test_the_end_of_the_period_moves_only_pages_that_show_one(store: FakeStore, monkeypatch: Any) -> None:
    def stamps() -> list[live.Stamp]:
        return [live._stamp(follows_clock) for follows_clock in (True, False)]

    with_period, without = stamps()
    later_ns = live.time.time_ns() + 120 * 10**9
    monkeypatch.setattr(live.time, "time_ns", lambda: later_ns)
    assert with_period != stamps()[0]
    assert without == stamps()[1]


def test_a_page_that_was_told_of_a_version_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cleared: list[bool] = []
    fresh = Freshness(any_spans=True, version=5)
    monkeypatch.setattr("app.queries.asking.freshness", lambda: fresh)
    monkeypatch.setattr("app.queries.asking.look_again", lambda: cleared.append(True))
    queries.look_again_before(5)
    assert cleared == []
    queries.look_again_before(6)
    assert cleared == [True]


@pytest.mark.parametrize("told", [None, "", "x", "-1", "1" * 5_000, "²"])
def test_a_tick_that_makes_no_sense_does_no_harm(
    reruns: list[Any], monkeypatch: pytest.MonkeyPatch, told: str | None
) -> None:
    monkeypatch.setattr(state, "reported", lambda _key, _name: told)
    live._tick_came(follows_clock=True)
    assert reruns == []


@pytest.mark.parametrize("page", ["home", "traces", "connect", "prices"])
def test_a_page_listens_unless_it_is_paused(dashboard: AppTest, page: str) -> None:
    open_page(dashboard, page, live="off")
    assert not listens(dashboard)
    dashboard.button(key="live_paused").click().run()
    assert not dashboard.exception
    assert listens(dashboard)
    assert dashboard.button(key="live_running").label == "Live"


def test_a_page_without_a_stream_says_how_often_it_looks(dashboard: AppTest) -> None:
    dashboard.session_state["kept_live_mode"] = "poll"
    open_page(dashboard, "home")
    assert dashboard.button(key="live_polling").label == "Live, every 2.5 s"
    assert len(dashboard.get("component_instance")) == 1
    assert listens(dashboard)


def test_a_page_without_a_database_does_not_say_that_it_is_live(dashboard: AppTest, store: FakeStore) -> None:
    store.outage = True
    open_page(dashboard, "home")
    assert dashboard.button(key="live_trying").label == "Trying again"


def test_the_browser_is_handed_a_ticket_where_one_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries.stream_url() == "/api/v1/stream"
    monkeypatch.setenv("MSGTRACE_DASHBOARD_PASSWORD", "open sesame")
    path, _, ticket = queries.stream_url().partition("?ticket=")
    assert path == "/api/v1/stream"
    assert admits_to_stream(get_settings(), ticket)


def test_a_tick_leaves_held_rows_alone_and_counts_what_came(reruns: list[Any], store: FakeStore) -> None:
    live.hold_rows()
    something_new(store)
    live._redraw_if_new(follows_clock=True)
    assert reruns == [["pulse", "news", "tick"]]


@pytest.mark.parametrize(("arrived", "label"), [(0, None), (12, "12 new"), (100, "99+ new")])
def test_the_list_of_traces_says_what_it_does_not_show_yet(
    dashboard: AppTest, monkeypatch: pytest.MonkeyPatch, arrived: int, label: str | None
) -> None:
    monkeypatch.setattr(queries, "arrivals", lambda _wanted, _since_ns: arrived)
    open_page(dashboard, "traces", workflow="a")
    assert not dashboard.exception
    assert [b.label for b in dashboard.button if b.key == "new_pill"] == ([label] if label else [])


def test_a_list_without_rows_holds_nothing(dashboard: AppTest, store: FakeStore) -> None:
    store.freshness = Freshness(any_spans=False, version=0)
    open_page(dashboard, "traces")
    assert dashboard.session_state["kept_held_since_ns"] is None
