"""Settings says what is kept how long."""

from __future__ import annotations

from typing import Any

import pytest

from app.frames.health import Fact
from app.frames.retention import retention_section
from collector.store.records import Lifetimes
from tests.app.test_settings import GIB, installation


def facts(*, store: dict[str, Any] | None = None, **kept: Any) -> dict[str, Fact]:
    usual: dict[str, Any] = {"content_days": 30, "traces_days": 90, "ledger_months": 25}
    about = installation(store=store, lifetimes=Lifetimes(**usual | kept))
    return {fact.label: fact for fact in retention_section(about).facts}


def test_the_three_lifetimes_are_told() -> None:
    found = facts()
    assert [found[label].value for label in ("Content", "Spans and traces", "Costs")] == [
        "30 days",
        "90 days",
        "25 months",
    ]
    assert [fact.to_do for fact in found.values() if fact.to_do] == []


def test_nothing_goes_where_nothing_is_set_to_go() -> None:
    assert facts(content_days=0)["Content"].value == "for ever"
    assert facts(content_days=1)["Content"].value == "1 day"


@pytest.mark.parametrize(("size_bytes", "is_told"), [(GIB, False), (2 * GIB, True)])
def test_a_database_that_stays_beyond_its_limit_is_something_to_look_at(size_bytes: int, is_told: bool) -> None:
    found = facts(store={"size_bytes": size_bytes}, max_bytes=GIB)["Largest size"]
    assert found.value == "1.0 GiB"
    assert (found.to_do is not None) == is_told


def test_a_limit_that_can_not_be_held_is_said() -> None:
    found = facts(store={"kind": "PostgreSQL 17"}, max_bytes=GIB)["Largest size"]
    assert "shorter times" in str(found.to_do)
