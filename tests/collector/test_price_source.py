from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from sqlalchemy import Engine

from collector.charges import Usage
from collector.errors import ConfigurationError, StoreUnavailable
from collector.price_source import PriceSource, read_file
from collector.store.commands.prices import add_override, remove_override
from collector.store.engine import open_reader
from tests.collector.factories import START_NS
from tests.collector.overrides import nanoseconds, override

CALL = Usage(1_000_000, 1_000_000)
FILE = """
[[price]]
model = "gpt-4o*"
provider = "azure"
from = 2026-01-01
to = 2027-01-01T12:00:00+02:00
input = 2.2
output = 8.8
cache_write_1h = 4
note = "our contract"

[[price]]
model = "o3"
discount = 12.5
"""


def source(engine: Engine, folder: Path, file: Path | None = None) -> PriceSource:
    return PriceSource(engine, file=file, saved_list=folder / "prices.json")


def usd(source: PriceSource, model: str) -> float | None:
    cost = source.book.price(None, (model,), CALL, START_NS)
    return None if cost is None else cost.total_nusd / 10**9


def test_a_file_says_the_same_as_the_page_could(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(FILE)
    first, second = read_file(tmp_path / "p.toml")
    assert (first.id, first.model, first.provider, first.note) == (
        "file:1",
        "gpt-4o*",
        "azure.ai.openai",
        "our contract",
    )
    assert (first.valid_from_ns, first.valid_to_ns) == (nanoseconds("2026-01-01"), nanoseconds("2027-01-01T10:00"))
    assert (first.input_nusd_per_mtok, first.cache_write_1h_nusd_per_mtok) == (2_200_000_000, 4_000_000_000)
    assert (second.discount_ppm, second.is_from_file) == (125_000, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[price]]\nmodel = "a"\ndiscount = 5\n[[price]]\nmodel = "b"\nimput = 1\n', "price 2: imput: unknown"),
        ('[[price]]\nmodel = "a"\ninput = "cheap"\noutput = 1\n', "price 1: input: must be a number"),
        ('[[price]]\nmodel = "a"\ndiscount = 5\nfrom = 10:00:00\n', "price 1: from: must be a date"),
        ('[[prices]]\nmodel = "a"\n', "prices: expected [[price]] only"),
        ("price = 3\n", "price: expected [[price]] only"),
        ("price = [3]\n", "price: expected [[price]] only"),
        ("[[price\n", "line 1"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "Invalid statement"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        read_file(path)
    assert str(path) in str(refused.value)
    assert message in str(refused.value)
    assert "MSGTRACE_PRICES_FILE" in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml"):
        read_file(tmp_path / "none.toml")


def test_a_price_that_is_set_or_removed_is_in_force_after_a_look(
    writing: Engine, reading: Engine, tmp_path: Path
) -> None:
    prices = source(reading, tmp_path)
    prices.refresh()
    assert usd(prices, "my-model") is None
    add_override(writing, override("my-model"))
    prices.keep_fresh()
    assert usd(prices, "my-model") == 3
    remove_override(writing, "a")
    prices.keep_fresh()
    assert usd(prices, "my-model") is None


def test_a_look_that_finds_nothing_new_keeps_the_book_with_what_it_remembers(
    writing: Engine, reading: Engine, tmp_path: Path
) -> None:
    add_override(writing, override("my-model"))
    prices = source(reading, tmp_path)
    assert prices.refresh() is prices.refresh()


def test_the_file_and_the_database_are_one_list(writing: Engine, reading: Engine, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('[[price]]\nmodel = "*"\ninput = 0\noutput = 0\n')
    add_override(writing, override("my-model"))
    prices = source(reading, tmp_path, tmp_path / "p.toml")
    prices.refresh()
    assert (usd(prices, "my-model"), usd(prices, "another")) == (3, 0)


def test_while_the_database_or_the_file_is_broken_prices_stay_as_they_were(
    writing: Engine, reading: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "p.toml"
    file.write_text('[[price]]\nmodel = "my-model"\ninput = 1\noutput = 2\n')
    prices = source(reading, tmp_path, file)
    prices.refresh()
    file.write_text("[[price")
    with caplog.at_level(logging.WARNING):
        prices.keep_fresh()
        prices.keep_fresh()
    assert len(caplog.records) == 1
    assert usd(prices, "my-model") == 3


def test_a_database_that_is_away_is_said_so(tmp_path: Path) -> None:
    engine = open_reader(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(StoreUnavailable):
        source(engine, tmp_path).refresh()
    engine.dispose()


def test_a_saved_list_that_is_broken_leaves_the_one_that_came_along(
    writing: Engine, reading: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "prices.json").write_text("{}")
    os.utime(tmp_path / "prices.json", ns=(1, 1))
    prices = source(reading, tmp_path)
    prices.keep_fresh()
    assert usd(prices, "gpt-4o") == 12.5
    assert "is no price list" in caplog.text
