from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import state
from app.selection import NAMES, OUTCOMES, PERIODS, SORTS, Selection, parse, to_params
from tests.app.samples import NOW_NS

words = st.text(min_size=1, max_size=40).map(str.strip).filter(bool)
ids = st.text("0123456789abcdef", min_size=16, max_size=32)
selections = st.builds(
    Selection,
    period=st.sampled_from(list(PERIODS)),
    environment=st.none() | words,
    is_paused=st.booleans(),
    text=st.just("") | words,
    outcomes=st.sets(st.sampled_from(OUTCOMES)).map(
        lambda chosen: tuple(outcome for outcome in OUTCOMES if outcome in chosen)
    ),
    workflow=st.none() | words,
    model=st.none() | words,
    sort=st.sampled_from(list(SORTS)),
    trace_id=st.none() | ids,
    span_id=st.none() | ids,
    view=st.none() | words,
    find=st.just("") | words,
    folds=st.booleans(),
    groups=st.booleans(),
)


def as_query(params: dict[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: value if isinstance(value, list) else [value] for name, value in params.items()}


@given(selections)
def test_a_link_shows_the_same_selection(selection: Selection) -> None:
    assert parse(as_query(to_params(selection))) == selection


def test_the_usual_selection_needs_no_parameters() -> None:
    assert to_params(Selection()) == {}
    assert parse({}) == Selection()


@given(st.dictionaries(st.sampled_from(list(NAMES.values())), st.lists(st.text(max_size=30), max_size=3)))
def test_any_query_string_gives_a_selection(params: dict[str, list[str]]) -> None:
    selection = parse(params)
    assert selection.period in PERIODS
    assert selection.sort in SORTS
    assert set(selection.outcomes) <= set(OUTCOMES)


@pytest.mark.parametrize("trace", ["../../etc", "xyz", "' OR 1=1 --", ""])
def test_what_is_no_id_is_left_out(trace: str) -> None:
    assert parse({"trace": [trace]}).trace_id is None


def test_period_environment_and_pause_go_along_to_the_next_page() -> None:
    here = Selection(
        period="7d", environment="prod", is_paused=True, text="refund", outcomes=("failed",), trace_id="ab"
    )
    assert here.carried() == Selection(period="7d", environment="prod", is_paused=True)
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
    selection = Selection(text="refund", outcomes=("failed",), workflow="bot", model="gpt-5", environment="prod")
    wanted = selection.trace_filter(NOW_NS)
    assert (wanted.text, wanted.outcomes, wanted.workflows) == ("refund", ("failed",), ("bot",))
    assert (wanted.models, wanted.environments) == (("gpt-5",), ("prod",))
    assert selection.has_filter
    assert not selection.unfiltered().has_filter


def test_clearing_the_filters_keeps_period_and_sort() -> None:
    selection = Selection(period="7d", sort="-cost_usd", text="x")
    assert selection.unfiltered() == replace(selection, text="")


def test_a_click_opens_the_trace_that_was_drawn_in_that_row_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, object] = {"newest": {"selection": {"rows": [], "columns": [], "cells": [(1, "input")]}}}
    monkeypatch.setattr(state.st, "session_state", session)
    note = state.remember_click("newest", ["1" * 32, "2" * 32])
    note()
    assert "newest" not in session
    assert state.clicked("newest") == "2" * 32
    assert state.clicked("newest") is None


def test_a_click_on_a_row_that_is_gone_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, object] = {"newest": {"selection": {"cells": [(5, "input")]}}}
    monkeypatch.setattr(state.st, "session_state", session)
    state.remember_click("newest", ["1" * 32])()
    assert state.clicked("newest") is None
