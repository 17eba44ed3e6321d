"""Prices, on a real database: what it shows, and what a person changes there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine, delete
from streamlit.testing.v1 import AppTest

from app.commands import prices as commands
from collector.errors import StoreUnavailable
from collector.pricing import LISTED
from collector.store import models
from collector.store.commands.prices import add_override
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.reads.prices import list_overrides
from collector.store.schema import migrate
from tests.app.conftest import UI, open_page, words
from tests.app.samples import HOSTILE
from tests.collector.overrides import override
from tests.store.rows import START_NS, batch, llm
from tests.store.test_commit import rows_of

NOW_S = (time.time_ns() - START_NS) // 10**9 - 60


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
    """The dashboard over a database with three calls of a minute ago: two listed, one of nobody's list."""
    send(engine, "gpt-4o", "gpt-4o", "my-model")
    return AppTest.from_file(str(UI), default_timeout=20)


def send(engine: Engine, *names: str) -> None:
    calls = [
        llm(
            1,
            1_000_000,
            1_000_000,
            provider="openai",
            request_model=name,
            parent=None,
            start_s=NOW_S,
            trace_id=f"{n:032x}",
        )
        for n, name in enumerate(names)
    ]
    for call in calls:
        LISTED.price_span(call)
    commit(engine, [batch(*calls)])


def table(page: AppTest, column: str) -> Any:
    """The first table with that column."""
    return next(element.value for element in page.dataframe if column in element.value)


def labelled(page: AppTest, kind: str, label: str) -> Any:
    return next(element for element in page.get(kind) if element.label == label)


def press(page: AppTest, label: str) -> AppTest:
    return labelled(page, "button", label).click().run()


def costs(engine: Engine) -> list[Any]:
    return [row["cost_nusd"] for row in rows_of(engine, models.Trace)]


def test_prices_in_force_are_shown_for_the_models_that_were_seen(page: AppTest) -> None:
    open_page(page, "prices")
    assert not page.exception
    rows = table(page, "source").set_index("model")
    assert (rows.loc["gpt-4o", "input"], rows.loc["gpt-4o", "output"]) == ("$2.5", "$10")
    assert rows.loc["gpt-4o", "source"].startswith("genai-prices ")
    assert (rows.loc["my-model", "input"], rows.loc["my-model", "source"]) == ("unknown", "no price")


def test_models_without_a_price_are_shown_with_their_tokens(page: AppTest) -> None:
    open_page(page, "prices")
    assert "**1 call of 1 model** without a known cost" in words(page)
    (row,) = table(page, "input_tokens").to_dict("records")
    assert (row["model"], row["calls"], row["input_tokens"]) == ("my-model", 1, "1,000,000")
    assert labelled(page, "selectbox", "Model").value == "my-model"


def test_a_price_is_set_and_stored_calls_are_priced_after_a_preview(page: AppTest, engine: Engine) -> None:
    open_page(page, "prices")
    labelled(page, "number_input", "Input ($/M)").set_value(1.25)
    labelled(page, "number_input", "Output ($/M)").set_value(10.0)
    labelled(page, "text_input", "Note").set_value("by hand")
    press(page, "Set price")
    assert not page.exception
    (own,) = list_overrides(engine)
    assert (own.model, own.input_nusd_per_mtok, own.note) == ("my-model", 1_250_000_000, "by hand")
    assert table(page, "source").set_index("model").loc["my-model", "source"] == "yours"
    assert labelled(page, "number_input", "Input ($/M)").value is None
    press(page, "Preview")
    (row,) = table(page, "difference").to_dict("records")
    assert (row["model"], row["before"], row["after"], row["unpriced"]) == ("my-model", "unknown", "$11.25", "1 → 0")
    assert costs(engine) == [12_500_000_000, 12_500_000_000, None]
    page.button(key="reprice_apply").click().run()
    assert not page.exception
    assert costs(engine) == [12_500_000_000, 12_500_000_000, 11_250_000_000]
    assert "Every call of the last 30 days has a known cost" in words(page)
    press(page, "Preview")
    assert "Nothing would change" in words(page)


def test_a_discount_is_shown_with_its_validity_and_can_be_removed(page: AppTest, engine: Engine) -> None:
    add_override(engine, override("gpt-4o", discount="12.5", since="2026-01-01", until="2030-01-01", note="deal"))
    open_page(page, "prices")
    shown = re.sub(r"\\", "", words(page))
    assert "12.5 % off the listed price · from 2026-01-01 · until 2030-01-01 · deal" in shown
    assert table(page, "source").set_index("model").loc["gpt-4o", "input"] == "$2.1875"
    page.button(key="remove_a").click().run()
    assert not page.exception
    assert list_overrides(engine) == ()
    assert table(page, "source").set_index("model").loc["gpt-4o", "input"] == "$2.5"


def test_what_makes_no_sense_is_refused_with_what_was_entered_kept(page: AppTest, engine: Engine) -> None:
    open_page(page, "prices")
    labelled(page, "number_input", "Input ($/M)").set_value(1.0)
    press(page, "Set price")
    assert "output" in page.error[0].value
    assert labelled(page, "number_input", "Input ($/M)").value == 1.0
    assert list_overrides(engine) == ()


def test_a_preview_is_forgotten_when_prices_change(page: AppTest) -> None:
    open_page(page, "prices")
    press(page, "Preview")
    assert "Nothing would change" in words(page)
    labelled(page, "number_input", "Or discount (%)").set_value(10.0)
    press(page, "Set price")
    assert "Nothing would change" not in words(page)


def test_a_period_that_ends_before_it_begins_is_refused(page: AppTest) -> None:
    open_page(page, "prices")
    first = page.date_input(key="reprice_from").value
    page.date_input(key="reprice_to").set_value(first)
    press(page, "Preview")
    assert "later than the first" in page.error[0].value


def test_prices_of_the_file_are_shown_and_cannot_be_removed_here(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "p.toml"
    file.write_text('[[price]]\nmodel = "my-*"\ninput = 0\noutput = 0\n')
    monkeypatch.setenv("MSGTRACE_PRICES_FILE", str(file))
    open_page(page, "prices")
    assert "from the file" in words(page)
    assert not [button for button in page.button if button.label == "Remove"]
    file.write_text("[[price]]\nmodel = 3\n")
    page.run()
    assert not page.exception
    assert "price 1: model: must be text" in re.sub(r"[\\\u2060]", "", page.error[0].value)


def test_an_empty_database_shows_how_to_send_and_still_takes_prices(engine: Engine) -> None:
    page = open_page(AppTest.from_file(str(UI), default_timeout=20), "prices")
    assert not page.exception
    assert "quick_start(" in words(page)
    assert "None yet" in words(page)
    assert labelled(page, "button", "Set price")


def test_an_outage_never_looks_like_no_prices(
    page: AppTest, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    open_page(page, "prices")
    assert not page.exception
    assert "database can't be reached" in page.error[0].value
    assert "None yet" not in words(page)


def test_a_database_in_use_refuses_a_price_and_says_so(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise StoreUnavailable("database is locked")

    open_page(page, "prices")
    monkeypatch.setattr(commands, "set_price", refuse)
    labelled(page, "number_input", "Or discount (%)").set_value(10.0)
    press(page, "Set price")
    assert "database is locked" in page.error[0].value
    assert labelled(page, "number_input", "Or discount (%)").value == 10.0


def test_hostile_text_is_never_markup(engine: Engine, sqlite_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(delete(models.Span.__table__))
    send(engine, HOSTILE)
    add_override(engine, override(HOSTILE, note=HOSTILE, provider=HOSTILE[:90]))
    page = open_page(AppTest.from_file(str(UI), default_timeout=20), "prices")
    press(page, "Preview")
    assert not page.exception
    for element in (*page.markdown, *page.caption):
        unescaped = re.sub(r"\\.", "", element.value)
        assert not any(mark in unescaped for mark in ("![", "](", "<", ":red[r", ":smile", "$", "www."))
    reader = open_reader(sqlite_url)
    assert list_overrides(reader)[0].note == HOSTILE
    reader.dispose()
