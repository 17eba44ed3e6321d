"""Prices of one's own in a running collector."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from collector import main
from collector.errors import ConfigurationError
from collector.store.commands.prices import add_override, remove_override
from collector.store.engine import open_writer
from tests.collector.conftest import ClientFactory
from tests.collector.overrides import override
from tests.collector.test_api import get, send_trace
from tests.servers import wait_for

OWN = '[[price]]\nmodel = "gpt-4o-mini"\ninput = 5\noutput = 0\n'


def newest_source(client: TestClient, number: int) -> tuple[str, float]:
    """How a trace that is sent now is priced."""
    trace_id = send_trace(client, number)
    call = next(span for span in get(client, f"/{trace_id}")["spans"] if span["request_model"])
    return call["cost_source"], call["cost_usd"]


def test_a_running_collector_takes_a_changed_price_within_seconds(
    make_client: ClientFactory, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "REFRESH_S", 0.05)
    client = make_client()
    numbers = iter(range(1, 10_000))
    assert newest_source(client, next(numbers))[0] == "computed"
    engine = open_writer(database_url)
    add_override(engine, override("gpt-4o-mini", input=5, output=0))
    wait_for(lambda: newest_source(client, next(numbers)) == ("override", 5.0), within_s=20)
    remove_override(engine, "a")
    wait_for(lambda: newest_source(client, next(numbers))[0] == "computed", within_s=20)
    engine.dispose()


def test_the_first_span_already_has_a_price_of_ones_own(make_client: ClientFactory, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(OWN)
    assert newest_source(make_client(prices_file=str(tmp_path / "p.toml")), 1) == ("override", 5.0)


def test_a_wrong_file_of_prices_ends_the_start_and_says_where(make_client: ClientFactory, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(OWN + "colour = 1\n")
    with pytest.raises(ConfigurationError, match=r"p\.toml: price 1: colour: unknown"):
        make_client(prices_file=str(tmp_path / "p.toml"))
