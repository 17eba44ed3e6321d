"""The page Traces: the search box, what writes into it, the lists, saved views."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from app import queries
from app.commands import views as commands
from app.components.trace_list import count_line
from collector.errors import BadQuery, SearchUnfinished
from collector.query import render
from collector.store.records import CallCount, OutcomeCounts, SavedView, SearchProgress
from tests.app.conftest import FakeStore, listed, open_page, parts, words
from tests.app.samples import call, summary


def asked(store: FakeStore, name: str) -> tuple[Any, ...]:
    """The arguments of the last question of that name."""
    return [args for given, args in store.asked if given == name][-1]


def values(dashboard: AppTest, name: str) -> list[str]:
    value = dashboard.query_params.get(name, [])
    return value if isinstance(value, list) else [value]


def test_the_list_is_read_as_the_link_says(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "traces", q="refund outcome:failed team:pay", sort="-cost_usd", env="prod")
    wanted, sort, _ = asked(store, "traces")
    assert render(wanted.query) == "refund outcome:failed team:pay"
    assert (wanted.environments, sort) == (("prod",), "-cost_usd")
    assert dashboard.text_input(key="choice_query").value == "refund outcome:failed team:pay"
    assert listed(dashboard)["sort"] == "-cost_usd"


def test_a_search_goes_into_the_url(dashboard: AppTest) -> None:
    open_page(dashboard, "traces", period="7d")
    dashboard.text_input(key="choice_query").set_value("refund").run()
    assert (values(dashboard, "q"), values(dashboard, "period")) == (["refund"], ["7d"])


def test_a_search_for_words_says_how_far_the_index_has_come(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "traces", q="refund")
    assert "Searched up to" not in words(dashboard)
    store.search_progress = SearchProgress(waiting=12, oldest_waiting_ns=time.time_ns() - 60 * 10**9)
    dashboard.run()
    assert "Searched up to" in words(dashboard)
    assert "Of 12 newer or changed traces, only names, errors and previews of runs yet." in words(dashboard)


def test_when_the_index_has_come_along_the_search_can_be_done_again(dashboard: AppTest, store: FakeStore) -> None:
    store.search_progress = SearchProgress(waiting=12, oldest_waiting_ns=time.time_ns() - 60 * 10**9)
    open_page(dashboard, "traces", q="refund")
    assert "search_again" not in [button.key for button in dashboard.button]


def test_an_index_a_moment_behind_is_not_worth_a_line(dashboard: AppTest, store: FakeStore) -> None:
    store.search_progress = SearchProgress(waiting=12, oldest_waiting_ns=time.time_ns())
    open_page(dashboard, "traces", q="refund")
    assert "Searched up to" not in words(dashboard)


def test_a_word_that_is_not_found_may_be_the_beginning_of_one(dashboard: AppTest, store: FakeStore) -> None:
    store.counts = OutcomeCounts()
    open_page(dashboard, "traces", q="refun")
    assert "Words are found whole." in words(dashboard)
    open_page(dashboard, "traces", q="outcome:failed")
    assert "Words are found whole." not in words(dashboard)


def test_a_search_that_is_not_done_can_go_on(
    dashboard: AppTest, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [SearchUnfinished("looked through 900 more runs in 2 seconds")]

    def counts(*_wanted: object) -> OutcomeCounts:
        if faults:
            raise faults.pop()
        return store.counts

    monkeypatch.setattr(queries, "trace_counts", counts)
    open_page(dashboard, "traces", q='"of the"')
    assert "looked through 900 more runs" in words(dashboard)
    assert parts(dashboard) == []
    dashboard.button(key="search_on").click().run()
    assert "looked through 900 more runs" not in words(dashboard)
    assert len(parts(dashboard)) == 1


@pytest.mark.parametrize(("listing", "sort"), [("traces", None), ("llm", None), ("traces", "-cost_usd")])
def test_what_an_unfinished_search_has_found_is_shown(
    dashboard: AppTest, store: FakeStore, listing: str, sort: str | None
) -> None:
    store.calls, store.call_count = (call(),), CallCount(total=1, is_capped=True)
    store.is_unfinished, store.next_cursor = True, "1-a"
    open_page(dashboard, "traces", q='"of the"', list=listing, **({"sort": sort} if sort else {}))
    assert "**1 of " in words(dashboard)
    assert "Not done yet." in dashboard.info[0].value
    assert ("the newest" if not sort else "found so far, sorted") in dashboard.info[0].value
    assert "more" not in {button.key for button in dashboard.button}
    store.is_unfinished, store.next_cursor = False, None
    dashboard.button(key="search_on").click().run()
    assert not dashboard.info


def test_calls_that_hold_a_word_are_counted_to_a_thousand(dashboard: AppTest, store: FakeStore) -> None:
    store.calls, store.call_count = (call(),), CallCount(total=1_000, is_capped=True)
    open_page(dashboard, "traces", q="refund", list="llm")
    assert "**1 of 1,000+ calls shown**" in words(dashboard)


def test_fields_are_searched_without_the_index(dashboard: AppTest, store: FakeStore) -> None:
    store.search_progress = SearchProgress(waiting=12, oldest_waiting_ns=time.time_ns() - 60 * 10**9)
    open_page(dashboard, "traces", q="outcome:failed")
    assert "Searched up to" not in words(dashboard)


def test_the_help_says_what_words_find(dashboard: AppTest) -> None:
    open_page(dashboard, "traces")
    assert "a word of anything that a span says" in words(dashboard)
    assert "by their beginning with a *" in words(dashboard)


def test_a_wrong_query_says_where_and_lists_nothing(dashboard: AppTest, store: FakeStore) -> None:
    open_page(dashboard, "traces", q="refund outcome:faild")
    assert not dashboard.exception
    assert "did you mean failed?" in words(dashboard)
    pointer = next(code.value for code in dashboard.code if "^" in code.value)
    assert pointer.split("\n")[1].index("^") == len("refund outcome:")
    assert parts(dashboard) == []
    assert "traces" not in {name for name, _ in store.asked}
    dashboard.button(key="clear_wrong").click().run()
    assert values(dashboard, "q") == []
    assert len(listed(dashboard)["rows"]) == 1


def test_a_link_of_many_pages_is_told_to_be_too_long(dashboard: AppTest) -> None:
    open_page(dashboard, "traces", q="x" * 5_000)
    assert not dashboard.exception
    assert "at most 1,000 characters" in words(dashboard)


def test_a_click_on_an_outcome_writes_the_query(dashboard: AppTest, store: FakeStore) -> None:
    store.counts = OutcomeCounts(total=3, ok=1, failed=2)
    open_page(dashboard, "traces", q="refund")
    dashboard.button_group(key="facet_outcome").set_value(["failed"]).run()
    assert values(dashboard, "q") == ["refund outcome:failed"]
    assert dashboard.text_input(key="choice_query").value == "refund outcome:failed"
    counted = [args[0] for name, args in store.asked if name == "trace_counts"]
    assert {render(wanted.query) for wanted in counted[-2:]} == {"refund", "refund outcome:failed"}


def test_the_other_lists_ask_the_same_question(dashboard: AppTest, store: FakeStore) -> None:
    store.calls = (call(), call(span_id="1" * 16))
    store.call_count = CallCount(total=10_000, is_capped=True)
    open_page(dashboard, "traces", q="model:gpt-5*", list="llm")
    wanted, kind, sort, _ = asked(store, "calls")
    assert (render(wanted.query), kind, sort) == ("model:gpt-5*", "llm", "-start_ns")
    assert "**2 of 10,000+ calls shown**" in words(dashboard)
    link = urlsplit(listed(dashboard)["rows"][0]["href"])
    assert parse_qs(link.query)["span"] == ["00f067aa0ba902b7"]
    dashboard.button_group(key="listing").set_value("tool").run()
    assert (values(dashboard, "list"), values(dashboard, "q")) == (["tool"], ["model:gpt-5*"])


def test_a_row_leads_to_its_trace_and_takes_the_list_along(dashboard: AppTest) -> None:
    open_page(dashboard, "traces", q="refund", period="7d")
    link = urlsplit(listed(dashboard)["rows"][0]["href"])
    assert link.path == "trace"
    assert parse_qs(link.query) == {"q": ["refund"], "period": ["7d"], "trace": [summary().trace_id]}


def test_what_was_counted_only_in_part_is_said_so() -> None:
    counts = OutcomeCounts(total=10_000, ok=9_990, failed=10, cost_usd=8.0, is_capped=True)
    line = count_line(100, counts).replace("\\", "")
    assert line == "**100 of 10,000+ traces shown**, 10+ failed, $8.00 for the newest 10,000"


def test_a_saved_view_is_shown_by_its_name(dashboard: AppTest, store: FakeStore) -> None:
    store.views = (SavedView(view_id="1f", name="Slow answers", params="period=7d&q=duration%3E2s", created_ns=1),)
    open_page(dashboard, "traces", live="off")
    dashboard.button(key="view_1f").click().run()
    assert values(dashboard, "q") == ["duration>2s"]
    assert (values(dashboard, "period"), values(dashboard, "view")) == (["7d"], ["1f"])
    assert values(dashboard, "live") == ["off"]
    assert not any(button.key == "view_update" for button in dashboard.button)


def test_what_is_shown_is_saved_under_a_name(
    dashboard: AppTest, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[tuple[str, str]] = []

    def save(name: str, params: str) -> str:
        if not name:
            raise BadQuery("name: expected 1 to 80 characters")
        saved.append((name, params))
        return "2a"

    monkeypatch.setattr(commands, "save_view", save)
    open_page(dashboard, "traces", q="duration>2s", live="off")
    dashboard.button(key="view_save").click().run()
    assert "expected 1 to 80" in words(dashboard).replace("\\", "")
    dashboard.text_input(key="view_new_name").set_value("Slow answers").run()
    dashboard.button(key="view_save").click().run()
    assert saved == [("Slow answers", "q=duration%3E2s")]
    assert values(dashboard, "view") == ["2a"]
    assert "expected 1 to 80" not in words(dashboard)


def test_a_view_can_be_renamed_changed_and_deleted(
    dashboard: AppTest, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, ...]] = []
    for name in ("rename_view", "update_view", "delete_view"):
        monkeypatch.setattr(commands, name, lambda *args, name=name: done.append((name, *args)))
    store.views = (SavedView(view_id="1f", name="Slow", params="period=7d", created_ns=1),)
    open_page(dashboard, "traces", q="x", view="1f")
    dashboard.text_input(key="view_name_1f").set_value("Slower").run()
    for key in ("view_rename", "view_update", "view_delete"):
        dashboard.button(key=key).click().run()
    assert done == [("rename_view", "1f", "Slower"), ("update_view", "1f", "q=x"), ("delete_view", "1f")]
    assert values(dashboard, "view") == []


def test_the_export_is_of_the_whole_result(dashboard: AppTest, store: FakeStore) -> None:
    store.counts = OutcomeCounts(total=271, ok=271)
    open_page(dashboard, "traces", q="a&b", env="prod")
    assert "**All 271 traces**, newest first" in words(dashboard)
    links = [html.proto.body for html in dashboard.get("html") if "download" in html.proto.body]
    assert [link.partition("format=")[2].partition("&")[0] for link in links] == ["csv", "json", "otlp"]
    assert all("q=a%26b" in link and "env=prod" in link for link in links)


def test_bare_links_to_a_view_show_it(dashboard: AppTest, store: FakeStore) -> None:
    store.views = (SavedView(view_id="1f", name="Slow", params="period=7d&q=duration%3E2s", created_ns=1),)
    open_page(dashboard, "traces", view="1f")
    assert values(dashboard, "q") == ["duration>2s"]
