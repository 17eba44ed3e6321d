from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from app import queries
from app.queries import asking
from collector.errors import StoreUnavailable
from collector.store.reads import freshness as freshness_reads
from collector.store.reads import overview as overview_reads
from collector.store.records import Freshness, Period
from tests.app.samples import overview

PERIOD = Period(0, 10)


class Reads:
    """Counts the reads of a store whose version a test moves on."""

    def __init__(self) -> None:
        self.version = 1
        self.overviews: list[tuple[Any, ...]] = []
        self.fault: Exception | None = None

    def get_freshness(self, *_: object) -> Freshness:
        return Freshness(any_spans=True, version=self.version)

    def get_overview(self, _engine: object, scope: object, period: Period, **asked: object) -> object:
        self.overviews.append((scope, period, asked["environment"]))
        if self.fault:
            raise self.fault
        return overview()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Iterator[Reads]:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", sqlite_url)
    fake = Reads()
    monkeypatch.setattr(freshness_reads, "get_freshness", fake.get_freshness)
    monkeypatch.setattr(overview_reads, "get_overview", fake.get_overview)
    st.cache_resource.clear()
    yield fake
    st.cache_resource.clear()


def test_nothing_is_read_again_while_nothing_is_new(reads: Reads) -> None:
    first, second = queries.overview(PERIOD), queries.overview(PERIOD)
    assert first is second
    assert reads.overviews == [(("default",), PERIOD, None)]


def test_a_commit_another_period_or_environment_is_read_anew(reads: Reads) -> None:
    queries.overview(PERIOD)
    queries.overview(PERIOD, "prod")
    queries.overview(Period(0, 11))
    assert len(reads.overviews) == 3
    reads.version = 2
    asking._freshness.clear()  # else it is asked once a second
    queries.overview(PERIOD)
    assert len(reads.overviews) == 4


def test_a_fault_is_not_remembered(reads: Reads) -> None:
    reads.fault = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        queries.overview(PERIOD)
    reads.fault = None
    assert queries.overview(PERIOD).now.runs == 940


def test_the_password_is_only_text_when_there_is_one(reads: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries.dashboard_password() is None
    assert not queries.needs_api_key()
    monkeypatch.setenv("MSGTRACE_DASHBOARD_PASSWORD", "s3cret")
    monkeypatch.setenv("MSGTRACE_API_KEY", "k")
    assert queries.dashboard_password() == "s3cret"
    assert queries.needs_api_key()


def test_after_a_change_pages_wait_for_the_replica_that_they_read(
    reads: Reads, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MSGTRACE_READ_DATABASE_URL", f"sqlite:///{tmp_path / 'replica.db'}")
    versions = iter([7, 5, 6, 7, 8])  # what was written first, then what the replica has
    monkeypatch.setattr(freshness_reads, "get_freshness", lambda *_: Freshness(any_spans=True, version=next(versions)))
    queries.look_again()
    assert next(versions) == 8


def test_a_replica_that_is_far_behind_is_not_waited_for(
    reads: Reads, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MSGTRACE_READ_DATABASE_URL", f"sqlite:///{tmp_path / 'replica.db'}")
    monkeypatch.setattr(asking, "REPLICA_WAIT_S", 0.05)
    versions = iter(range(10_000, 0, -1))
    monkeypatch.setattr(freshness_reads, "get_freshness", lambda *_: Freshness(any_spans=True, version=next(versions)))
    queries.look_again()
    assert next(versions) > 9_000
