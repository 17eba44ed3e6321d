from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import state
from app.selection import LISTS, NAMES, PERIODS, SORTS, Selection, parse, to_params
from collector.query import WrongQuery, render
from tests.app.samples import NOW_NS

words = st.text(min_size=1, max_size=40).map(str.strip).filter(bool)
ids = st.text("0123456789abcdef", min_size=16, max_size=32)
selections = st.builds(
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
    a=st.none() | ids,
    b=st.none() | ids,
).map(lambda selection: selection if selection.sort in selection.sorts else replace(selection, sort="-start_ns"))


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


@pytest.mark.parametrize("trace", ["../../etc", "xyz", "' OR 1=1 --", ""])
def test_what_is_no_id_is_left_out(trace: str) -> None:
    assert parse({"trace": [trace]}).trace_id is None


def test_period_environment_and_pause_go_along_to_the_next_page() -> None:
    here = Selection(period="7d", environment="prod", is_paused=True, query="outcome:failed", trace_id="ab")
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
    monkeypatch.setattr(state.st, "query_params", FakeParams(period=["7d"], q=["x"]))
    monkeypatch.setattr(state.st, "switch_page", lambda page, query_params: opened.append((page, query_params)))
    state.open_compare("a" * 32, "b" * 32)
    assert opened == [("views/compare.py", {"period": "7d", "a": "a" * 32, "b": "b" * 32})]


def test_a_link_to_a_trace_takes_its_list_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state.st, "query_params", FakeParams(q=["a b"], sort=["-cost_usd"], view=["1f"]))
    assert state.trace_link("ab", "cd") == "trace?q=a+b&sort=-cost_usd&trace=ab&span=cd"


class FakeParams(dict[str, list[str]]):
    def __init__(self, **params: list[str]) -> None:
        super().__init__(params)

    def get_all(self, name: str) -> list[str]:
        return self[name]
