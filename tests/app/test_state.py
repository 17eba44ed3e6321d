from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
import streamlit
from hypothesis import given
from hypothesis import strategies as st

from app import state
from app.address import NAMES, parse, to_params
from app.selection import LISTS, LOOKS, PERIODS, SORTS, TABS, Selection
from app.state import url
from collector.query import WrongQuery, render
from collector.store.records import Period
from tests.app.samples import NOW_NS

words = st.text(min_size=1, max_size=40).map(str.strip).filter(bool)
ids = st.text("0123456789abcdef", min_size=16, max_size=32)
micros = st.integers(0, 4 * 10**15)
own_times = st.builds(
    lambda start, length: Period(start * 1_000, (start + length) * 1_000), micros, st.integers(1, 366 * 86_400 * 10**6)
)
selections = st.builds(
    Selection,
    project=st.none() | words,
    between=own_times,
) | st.builds(
    Selection,
    period=st.sampled_from(list(PERIODS)),
    environment=st.none() | words,
    is_paused=st.booleans(),
    listing=st.sampled_from(list(LISTS)),
    query=st.just("") | words,
    sort=st.sampled_from(list(SORTS)),
    trace_id=st.none() | ids,
    span_id=st.none() | ids,
    view=st.none() | words,
    find=st.just("") | words,
    folds=st.booleans(),
    groups=st.booleans(),
    a=st.none() | st.just("before") | ids,
    b=st.none() | ids,
    group_a=st.just("") | words,
    group_b=st.just("") | words,
    tab=st.sampled_from(TABS),
    look=st.sampled_from(LOOKS),
    page=st.integers(0, 999_999),
).map(lambda selection: selection if selection.sort in selection.sorts else replace(selection, sort="-start_ns"))


def as_query(params: dict[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in params.items()}


@given(selections)
def test_a_link_shows_the_same_selection(selection: Selection) -> None:
    assert parse(as_query(to_params(selection))) == selection


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T11:30:00Z"),
        ("2026-11-22T11:00:00+01:00", "2026-11-22T12:30:00 01:00"),
        ("2026-11-22T10:00", "2026-11-22 11:30:00Z".replace(" ", "T")),
    ],
)
def test_a_time_of_ones_own_is_iso_in_any_zone(start: str, end: str) -> None:
    selection = parse({"from": [start], "to": [end], "period": ["7d"]})
    assert selection.between is not None
    assert selection.between.length_ns == 90 * 60 * 10**9
    assert selection.window(NOW_NS) == selection.between
    assert to_params(selection) == {"from": "2026-11-22T10:00:00Z", "to": "2026-11-22T11:30:00Z"}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("2026-11-22T10:00:00Z", "2026-11-22T09:00:00Z"),
        ("2024-11-22T10:00:00Z", "2026-11-22T09:00:00Z"),
        ("1950-01-01", "1950-01-02"),
        ("yesterday", "today"),
    ],
)
def test_a_time_that_makes_no_sense_is_left_out(start: str, end: str) -> None:
    assert parse({"from": [start], "to": [end], "period": ["7d"]}) == Selection(period="7d")
    assert parse({"from": [start]}) == Selection()


def test_a_time_is_said_in_the_viewers_zone() -> None:
    selection = parse({"from": ["2026-11-22T22:30:00Z"], "to": ["2026-11-22T23:15:00Z"]})
    assert selection.time_in_words(UTC) == "from 22 Nov 22:30 to 23:15"
    assert selection.time_in_words(ZoneInfo("Europe/Berlin")) == "from 22 Nov 23:30 to 23 Nov 00:15"
    assert Selection(period="6h").time_in_words(UTC) == "in the last 6 h"


def test_the_usual_selection_needs_no_parameters() -> None:
    assert to_params(Selection()) == {}
    assert parse({}) == Selection()


@given(st.dictionaries(st.sampled_from([*NAMES.values(), "from", "to"]), st.lists(st.text(max_size=30), max_size=3)))
def test_any_query_string_gives_a_selection(params: dict[str, list[str]]) -> None:
    selection = parse(params)
    assert selection.period in PERIODS
    assert selection.sort in SORTS


@pytest.mark.parametrize("trace", ["../../etc", "xyz", "' OR 1=1 --", ""])
def test_what_is_no_id_is_left_out(trace: str) -> None:
    assert parse({"trace": [trace]}).trace_id is None


def test_project_period_environment_and_pause_go_along_to_the_next_page() -> None:
    here = Selection(
        project="shop",
        period="7d",
        environment="prod",
        is_paused=True,
        query="outcome:failed",
        trace_id="ab",
    )
    assert here.carried() == Selection(project="shop", period="7d", environment="prod", is_paused=True)
    own = Selection(between=Period(1, 2))
    assert own.carried() == own
    assert here.carried(trace_id="cd").trace_id == "cd"


def test_a_window_ends_just_after_now_and_stays_the_same_within_its_step() -> None:
    window = Selection(period="24h").window(NOW_NS)
    assert NOW_NS < window.end_ns <= NOW_NS + 60 * 10**9
    assert window.length_ns == 24 * 3600 * 10**9
    assert Selection(period="24h").window(NOW_NS + 59 * 10**9) == window
    assert Selection(period="24h").window(NOW_NS + 60 * 10**9) != window


def test_a_short_window_moves_in_short_steps() -> None:
    window = Selection(period="15m").window(NOW_NS)
    assert window.end_ns <= NOW_NS + 15 * 10**9


def test_the_filter_says_what_was_selected() -> None:
    selection = Selection(query="refund outcome:failed team:pay", environment="prod")
    wanted = selection.trace_filter(NOW_NS, ("team",))
    assert render(wanted.query) == "refund outcome:failed team:pay"
    assert wanted.environments == ("prod",)
    assert selection.has_filter
    assert not selection.unfiltered().has_filter
    with pytest.raises(WrongQuery):
        selection.trace_filter(NOW_NS)


def test_clearing_the_filters_keeps_period_and_sort() -> None:
    selection = Selection(period="7d", sort="-cost_usd", query="x")
    assert selection.unfiltered() == replace(selection, query="")


def test_choosing_values_writes_the_query() -> None:
    selection = Selection(query="refund outcome:failed")
    assert selection.choosing("outcome", ["ok", "failed"]).query == "refund outcome:(ok OR failed)"
    assert selection.choosing("outcome", []).query == "refund"
    assert selection.choosing("workflow", ["support bot"]).query == 'refund outcome:failed workflow:"support bot"'


def test_links_from_before_there_was_a_query_still_say_the_same() -> None:
    older = {"q": ["refund"], "outcome": ["failed", "recovered"], "workflow": ["support bot"], "model": ["gpt-5"]}
    assert parse(older).query == 'refund outcome:(failed OR recovered) workflow:"support bot" model:gpt-5'


def test_a_list_is_never_asked_for_an_order_that_it_does_not_have() -> None:
    assert parse({"list": ["llm"], "sort": ["workflow"]}).sort == "-start_ns"
    assert parse({"list": ["llm"], "sort": ["-time_to_first_token_ms"]}).sort == "-time_to_first_token_ms"
    assert parse({"sort": ["-time_to_first_token_ms"]}).sort == "-start_ns"
    assert Selection(sort="workflow", query="x").listed("tool") == Selection(listing="tool", query="x")
    assert Selection(sort="-cost_usd").listed("llm").sort == "-cost_usd"


def test_comparing_goes_to_the_page_with_both_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(streamlit, "query_params", FakeParams(period=["7d"], q=["x"]))
    monkeypatch.setattr(streamlit, "switch_page", lambda page, query_params: opened.append((page, query_params)))
    state.open_compare("a" * 32, "b" * 32)
    assert opened == [("views/compare.py", {"period": "7d", "a": "a" * 32, "b": "b" * 32})]


def test_a_link_to_a_trace_takes_its_list_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit, "query_params", FakeParams(q=["a b"], sort=["-cost_usd"], view=["1f"]))
    assert state.trace_link("ab", "cd") == "trace?q=a+b&sort=-cost_usd&trace=ab&span=cd"


class FakeParams(dict[str, list[str]]):
    def __init__(self, **params: list[str]) -> None:
        super().__init__(params)

    written: dict[str, tuple[str, ...]] | None = None

    def get_all(self, name: str) -> list[str]:
        return self[name]

    def from_dict(self, params: dict[str, tuple[str, ...]]) -> None:
        self.written = params


def test_a_link_to_the_page_that_is_open_changes_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, object] = {}
    monkeypatch.setattr(streamlit, "session_state", session)

    def written(page: str, **params: list[str]) -> dict[str, tuple[str, ...]] | None:
        told = FakeParams(**params)
        monkeypatch.setattr(streamlit, "query_params", told)
        state.show_address(page)
        return told.written

    assert written("traces", q=["x"]) is None
    assert written("traces", q=["x"]) is None
    assert written("traces") == {}
    assert written("errors", env=["prod"]) is None
    assert written("errors", env=["prod"], state=["new"]) == {"env": ("prod",), "state": ("new",)}


class Browser:
    """A session whose runs bring what the browser's address says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        monkeypatch.setattr(streamlit, "session_state", {"address": ("trace", {})})

    def runs_with(self, **said: str) -> Params:
        params = Params({name: [value] for name, value in said.items()})
        self.monkeypatch.setattr(streamlit, "query_params", params)
        return params


class Params(dict[str, list[str]]):
    def get_all(self, name: str) -> list[str]:
        return self[name]

    def from_dict(self, params: dict[str, str]) -> None:
        self.clear()
        self.update({name: [value] if isinstance(value, str) else list(value) for name, value in params.items()})


def test_a_click_that_left_before_the_last_change_came_does_not_undo_it(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(monkeypatch)
    browser.runs_with(trace="ab")
    state.change(span_id="cd")
    params = browser.runs_with(trace="ab")
    assert state.current().span_id == "cd"
    state.change(tab="response")
    assert params == {"trace": ["ab"], "span": ["cd"], "tab": ["response"]}
    browser.runs_with(trace="ab", span="cd")
    assert state.current().tab == "response"


def test_a_step_back_is_not_taken_for_a_late_click(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(monkeypatch)
    browser.runs_with(trace="ab")
    state.change(span_id="cd")
    browser.runs_with(trace="ab")
    state.show_address("trace")
    assert state.current().span_id is None
    params = browser.runs_with(trace="ab")
    state.change(tab="response")
    assert params == {"trace": ["ab"], "tab": ["response"]}


def test_an_address_of_long_ago_is_what_the_browser_says(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(monkeypatch)
    browser.runs_with(trace="ab")
    state.change(span_id="cd")
    monkeypatch.setattr(url.time, "monotonic", lambda: float("inf"))
    browser.runs_with(trace="ab")
    assert state.current().span_id is None


def test_a_click_on_a_row_that_is_gone_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, object] = {"newest": {"selection": {"cells": [(5, "input")]}}}
    monkeypatch.setattr(streamlit, "session_state", session)
    state.remember_click("newest", ["1" * 32])()
    assert state.clicked("newest") is None


def test_a_clicked_mark_is_told_once_and_its_selection_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, object] = {"activity": {"selection": {"mark": [{"step": 3}]}}}
    monkeypatch.setattr(streamlit, "session_state", session)
    state.remember_mark("activity", "mark")()
    assert "activity" not in session
    assert state.clicked_mark_once("activity") == {"step": 3}
    assert state.clicked_mark_once("activity") is None
