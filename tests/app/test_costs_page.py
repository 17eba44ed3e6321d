"""Costs, on a real database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from collector.store.commit import commit
from collector.store.engine import open_writer
from collector.store.schema import migrate
from tests.app.conftest import UI, chosen, column, listed, made, open_page, parts, words
from tests.app.samples import HOSTILE
from tests.store.rows import START_NS, batch, llm

NOW_S = (time.time_ns() - START_NS) // 10**9 - 60
DAY_S = 86_400
DOLLAR = 10**9


@pytest.fixture
def engine(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Engine]:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    st.cache_resource.clear()
    engine = open_writer(sqlite_url)
    migrate(engine)
    yield engine
    engine.dispose()
    st.cache_resource.clear()


@pytest.fixture
def page(engine: Engine) -> AppTest:
    """Two workflows of today, one of them also of seven days ago, and a call without a price."""
    send(
        engine, call(1, "support", 3), call(2, "search", 1), call(3, "support", 2, days_ago=7), call(4, "search", None)
    )
    return dashboard()


def dashboard() -> AppTest:
    return AppTest.from_file(str(UI), default_timeout=30)


def call(number: int, workflow: str, usd: float | None, *, days_ago: int = 0, **changes: Any) -> Any:
    nusd = None if usd is None else round(usd * DOLLAR)
    values = {
        "trace_id": f"{number:032x}",
        "parent": None,
        "start_s": NOW_S - days_ago * DAY_S,
        "workflow": workflow,
        "provider": "openai",
        "request_model": "gpt-5",
        "cost_nusd": nusd,
        "input_cost_nusd": nusd,
        "cost_source": nusd and "computed",
    }
    return llm(number, **(values | changes))


def send(engine: Engine, *calls: Any) -> None:
    commit(engine, [batch(*calls)])


def table(page: AppTest, *names: str) -> list[tuple[str, ...]]:
    """These columns of the report's table, row by row."""
    return list(zip(*(column(page, name, "cost_rows") for name in names), strict=True))


def metrics(page: AppTest) -> dict[str, str]:
    return {
        element.label.replace("\\", "").partition(",")[0]: element.value.replace("\\", "") for element in page.metric
    }


def test_costs_stand_beside_the_time_before(page: AppTest) -> None:
    open_page(page, "costs", time="7d")
    assert not page.exception
    found = metrics(page)
    assert (found["Now"], found["Before"], found["Change"]) == ("$4.00", "$2.00", "+$2.00")
    assert found["Calls without a price"] == "1"
    rows = table(page, "group_0", "before", "now")
    assert rows == [("support", "$2.00", "$3.00"), ("search", "$0", "$1.00"), ("Total", "$2.00", "$4.00")]


def test_a_link_groups_by_two_and_filters(page: AppTest) -> None:
    open_page(page, "costs", time="7d", by="model", then="workflow", where="workflow:support")
    assert table(page, "group_0", "group_1", "now") == [("gpt-5", "support", "$3.00"), ("Total", "", "$3.00")]


def test_a_dimension_is_chosen_and_goes_into_the_url(page: AppTest) -> None:
    open_page(page, "costs", time="7d")
    page.selectbox(key="report_by").set_value("model").run()
    assert page.query_params["by"] == "model"
    assert listed(page, parts(page).index("cost_rows"))["columns"][0]["label"] == "Model"


def test_a_filter_is_chosen_and_cleared(page: AppTest) -> None:
    open_page(page, "costs", time="7d")
    page.multiselect(key="filter_workflow").set_value(["search"]).run()
    assert page.query_params["where"] == "workflow:search"
    assert metrics(page)["Now"] == "$1.00"
    open_page(page, "costs", time="7d", where="user:nobody")
    assert "No call matches" in words(page)
    page.button(key="clear_cost_filters").click().run()
    assert metrics(page)["Now"] == "$4.00"


def test_what_if_prices_the_same_tokens_at_another_model(page: AppTest) -> None:
    open_page(page, "costs", time="7d", at="gpt-4o")
    assert "The same tokens at gpt-4o would have cost" in words(page).replace("\\", "")


def test_unpriced_calls_are_named_with_a_way_to_price_them(page: AppTest) -> None:
    open_page(page, "costs", time="7d")
    assert "Unpriced: 1 call of gpt-5, in no sum." in words(page)


def test_rows_of_tags_say_that_they_overlap(engine: Engine) -> None:
    send(engine, call(1, "a", 3, tags='["x","y"]'))
    page = open_page(dashboard(), "costs", time="7d", by="tag")
    assert table(page, "group_0", "now") == [("x", "$3.00"), ("y", "$3.00"), ("Total", "$3.00")]
    assert "Rows of tags overlap" in words(page)


def test_only_unpriced_calls_show_an_unknown_cost_and_not_zero(engine: Engine) -> None:
    send(engine, call(1, "a", None))
    page = open_page(dashboard(), "costs", time="7d")
    assert not page.exception
    assert metrics(page)["Now"] == "unknown"


def test_an_empty_database_shows_how_to_send(engine: Engine) -> None:
    page = open_page(dashboard(), "costs")
    assert not page.exception
    assert "first" in words(page)


def test_a_time_without_calls_says_so(engine: Engine) -> None:
    send(engine, call(1, "a", 1, days_ago=300))
    assert "No calls in this time" in words(open_page(dashboard(), "costs"))


def test_an_outage_never_looks_like_no_costs(page: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", f"sqlite:///{tmp_path}/gone/away.db")
    open_page(page, "costs")
    assert not page.metric
    assert "database" in words(page)


def test_hostile_names_are_never_markup(engine: Engine) -> None:
    send(engine, call(1, HOSTILE, 3, user_id=HOSTILE, request_model=HOSTILE))
    page = open_page(dashboard(), "costs", time="7d", by="user", where=f"user:{HOSTILE}")
    assert not page.exception
    assert "![" not in "".join(element.value for element in page.markdown)


def test_a_report_is_saved_opened_renamed_and_deleted(page: AppTest) -> None:
    open_page(page, "costs", time="7d", by="model", where="workflow:support")
    page.text_input(key="view_new_name").set_value("Support, *by model*").run()
    page.button(key="view_save").click().run()
    view_id = chosen(page, "view")
    open_page(page := dashboard(), "costs", view=str(view_id))
    assert (chosen(page, "time"), chosen(page, "by"), chosen(page, "where")) == ("7d", "model", "workflow:support")
    assert metrics(page)["Now"] == "$3.00"
    page.text_input(key=f"view_name_{view_id}").set_value("Support").run()
    page.button(key="view_rename").click().run()
    assert page.button(key=f"view_{view_id}").label == "Support"
    page.button(key="view_delete").click().run()
    assert not any(button.key == f"view_{view_id}" for button in page.button)


def test_reports_and_lists_of_traces_are_saved_apart(page: AppTest) -> None:
    open_page(page, "costs", time="7d")
    page.text_input(key="view_new_name").set_value("Mine").run()
    page.button(key="view_save").click().run()
    assert "Mine" not in [button.label for button in open_page(dashboard(), "traces").button]


def test_an_invoice_tells_how_much_of_it_is_explained(page: AppTest) -> None:
    open_page(page, "costs", time="7d")
    month = time.strftime("%Y-%m", time.gmtime())
    page.selectbox(key="invoice_provider").set_value("openai")
    page.selectbox(key="invoice_month").set_value(month)
    page.number_input(key="invoice_amount").set_value(16.0)
    page.text_input(key="invoice_note").set_value(HOSTILE)
    next(button for button in page.button if button.label == "Save invoice").click().run()
    assert not page.exception
    row = next(element.value for element in page.dataframe if "Coverage" in element.value).iloc[0]
    assert (row["Month"], row["Billed"]) == (month, "$16.00")
    assert "1 call has no price" in row["Known gaps"]
    next(button for button in page.button if str(button.key).startswith("remove_")).click().run()
    assert "None yet" in words(page)


def test_the_forecast_is_that_of_the_present_month_whatever_is_shown(engine: Engine) -> None:
    send(engine, call(1, "a", 3, days_ago=time.gmtime().tm_mday))
    page = open_page(dashboard(), "costs", time="last")
    assert f"Forecast for {time.strftime('%B', time.gmtime())}" in [element.label for element in page.metric]


def test_a_browser_that_opens_a_list_of_choices_later_shows_what_is_chosen(page: AppTest) -> None:
    """It makes what is in a popover when that is opened, by what the last run said."""
    chosen = {"time": "30d", "by": "model", "then": "workflow", "against": "year", "step": "week", "zone": "Asia/Tokyo"}
    first = made(open_page(page, "costs", **chosen, of="gpt-5", at="gpt-4o", where="workflow:support"))
    assert (first["report_step"], first["report_zone"]) == ("a week", "Asia/Tokyo")
    assert made(page.run()) == first
