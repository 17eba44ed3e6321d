from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.errors import NotFound, StoreUnavailable
from collector.store import engine as engine_module
from collector.store.commands.prices import add_override, recompute_group, remove_override
from collector.store.commit import commit
from collector.store.engine import open_writer
from collector.store.ledger import QUARTER_NS
from collector.store.reads.freshness import get_freshness
from collector.store.reads.prices import list_overrides, list_seen_models
from collector.store.records import Period, PriceOverride, SeenModel
from collector.store.rows import SpanRow
from collector.store.schema import migrate
from tests.conftest import SCOPE
from tests.store.rows import START_NS, batch, llm, span

QUARTER = START_NS // QUARTER_NS * QUARTER_NS
TODAY = Period(START_NS, START_NS + 3_600 * 10**9)


def price(id: str, **changes: Any) -> PriceOverride:
    return PriceOverride(id=id, model="gpt-4o", **changes)


def test_prices_are_listed_as_they_were_set_the_newest_first(writing: Engine, reading: Engine) -> None:
    own = price("a", provider="openai", valid_from_ns=1, valid_to_ns=2**62, input_nusd_per_mtok=0, note="why")
    newer = price("b", discount_ppm=5, created_ns=2)
    add_override(writing, own)
    add_override(writing, newer)
    assert list_overrides(reading) == (newer, own)


def test_a_price_is_removed_by_its_id_and_what_is_not_there_is_told(writing: Engine, reading: Engine) -> None:
    add_override(writing, price("a"))
    remove_override(writing, "a")
    assert list_overrides(reading) == ()
    with pytest.raises(NotFound, match="no price with the id a"):
        remove_override(writing, "a")


def test_pages_are_told_of_a_changed_price(writing: Engine, reading: Engine) -> None:
    before = get_freshness(reading, SCOPE).version
    add_override(writing, price("a"))
    remove_override(writing, "a")
    assert get_freshness(reading, SCOPE).version == before + 2


def test_a_database_without_tables_or_in_use_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 20)
    url = f"sqlite:///{tmp_path / 'a.db'}"
    engine, other = open_writer(url), open_writer(url)
    with pytest.raises(StoreUnavailable, match="msgtrace migrate"):
        add_override(engine, price("a"))
    migrate(engine)
    with other.begin(), pytest.raises(StoreUnavailable, match="locked"):
        add_override(engine, price("a"))
    with other.begin(), pytest.raises(StoreUnavailable, match="locked"):
        recompute_group(engine, [("default", "a")], lambda _: [])
    engine.dispose()
    other.dispose()


def test_models_that_were_seen_come_with_what_is_not_priced(writing: Engine, reading: Engine) -> None:
    def call(number: int, **changes: Any) -> SpanRow:
        return llm(number, **({"provider": "openai", "request_model": "alias"} | changes))

    known = {"cost_nusd": 1, "cost_source": "computed"}
    commit(
        writing,
        [
            batch(
                span(1),
                call(2, **known),
                call(3, **known, response_model="gpt-4o-2024-08-06"),
                call(4, input_tokens=7, output_tokens=None),
                call(
                    5, provider=None, request_model=None, response_model="mine", input_tokens=None, output_tokens=None
                ),
                llm(6),
            )
        ],
    )
    assert list_seen_models(reading, SCOPE, TODAY) == (
        SeenModel(
            provider="openai",
            model="alias",
            answering_model="gpt-4o-2024-08-06",
            calls=3,
            unpriced_calls=1,
            unpriced_input_tokens=7,
            unpriced_output_tokens=None,
            newest_ns=QUARTER,
        ),
        SeenModel(
            provider=None,
            model="mine",
            answering_model="mine",
            calls=1,
            unpriced_calls=1,
            unpriced_input_tokens=None,
            unpriced_output_tokens=None,
            newest_ns=QUARTER,
        ),
    )


def test_models_of_other_projects_and_times_are_not_seen(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(llm(1, request_model="a", project_id="other"), llm(1, request_model="b"))])
    assert [m.model for m in list_seen_models(reading, SCOPE, TODAY)] == ["b"]
    assert list_seen_models(reading, SCOPE, Period(0, QUARTER)) == ()
