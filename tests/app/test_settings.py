"""Settings: what it says of an installation that is well, and of one that isn't."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.frames.health import Fact, days_until_full, sections, size
from app.queries import health
from collector.store.records import CollectorSeen, Installation, Lifetimes, RowCount, SearchProgress, StoreHealth
from tests.app.conftest import FakeStore, open_page, words
from tests.app.samples import HOSTILE, NOW_NS

GIB = 2**30


def store_health(**changes: Any) -> StoreHealth:
    usual = StoreHealth(
        kind="SQLite 3.45",
        schema_version="0001",
        size_bytes=GIB,
        spans=RowCount(1_000_000, is_exact=False),
        traces=RowCount(90_000, is_exact=True),
        ledger=RowCount(91_000, is_exact=True),
        spans_last_day=10_000,
        oldest_start_ns=NOW_NS - 10**15,
        newest_start_ns=NOW_NS,
        newest_received_ns=NOW_NS,
        waiting_logs=0,
        refused_last_hour=0,
        collectors=(CollectorSeen(name="host:1", ports=(4318,), newest_ns=NOW_NS, queued_spans=2),),
        search=SearchProgress(waiting=0, oldest_waiting_ns=None),
    )
    return replace(usual, **changes)


def installation(*, store: dict[str, Any] | None = None, **changes: Any) -> Installation:
    usual = Installation(
        version="1.2.3",
        place="/var/msgtrace.db",
        store=store_health(**store or {}),
        disk_free_bytes=100 * GIB,
        disk_total_bytes=200 * GIB,
        set_names=("MSGTRACE_API_KEY",),
        projects=("default",),
        dimensions=(),
        prices_version="0.2.3",
        own_prices=0,
        lifetimes=Lifetimes(content_days=30, traces_days=90, ledger_months=25),
        max_queued_spans=20_000,
        max_waiting_logs=10_000,
        has_api_key=True,
        has_password=False,
        is_insecure=False,
        searches=True,
    )
    return replace(usual, **changes)


def facts(about: Installation) -> dict[str, Fact]:
    return {fact.label: fact for section in sections(about, UTC, NOW_NS) for fact in section.facts}


def test_a_search_index_that_is_behind_says_how_far_it_has_come() -> None:
    assert facts(installation())["Search"].value == "up to date"
    waiting = SearchProgress(waiting=3, oldest_waiting_ns=NOW_NS - 5 * 10**9)
    behind = facts(installation(store={"search": waiting}))["Search"]
    assert behind.value.startswith("up to ")
    assert behind.meaning.startswith("3 traces not in the index yet.")
    assert behind.to_do is None
    late = {"search": SearchProgress(waiting=3, oldest_waiting_ns=NOW_NS - 3_600 * 10**9)}
    assert facts(installation(store=late))["Search"].to_do
    off = facts(installation(store=late, searches=False))["Search"]
    assert (off.value, off.to_do) == ("off", None)


def test_a_well_installation_needs_nobody() -> None:
    found = facts(installation())
    assert [fact.to_do for fact in found.values() if fact.to_do] == []
    assert found["Spans"].value.startswith("about 1.00")
    assert found["Traces"].value == "90,000"
    assert "lasts about 10,000 days" in found["Disk"].meaning or "ten years" in found["Disk"].meaning


@pytest.mark.parametrize(
    ("label", "about"),
    [
        ("Disk", installation(disk_free_bytes=GIB // 4)),
        ("Disk", installation(disk_free_bytes=2 * GIB, store={"spans_last_day": 1_000_000})),
        ("Disk", installation(disk_free_bytes=9 * GIB, store={"spans_last_day": 1_000_000})),
        ("Refused", installation(store={"refused_last_hour": 3})),
        ("Waiting log records", installation(store={"waiting_logs": 9_000})),
        ("Guarded by", installation(is_insecure=True)),
        (
            "Collector host:1",
            installation(
                store={"collectors": (CollectorSeen(name="host:1", ports=(), newest_ns=NOW_NS, queued_spans=15_000),)}
            ),
        ),
    ],
)
def test_what_is_not_well_says_what_to_do(label: str, about: Installation) -> None:
    assert [name for name, fact in facts(about).items() if fact.to_do] == [label]


def test_how_long_the_disk_lasts_is_only_said_where_that_is_known() -> None:
    assert days_until_full(installation(disk_free_bytes=10 * GIB, store={"spans_last_day": 500_000})) == 20.0
    assert days_until_full(installation(disk_free_bytes=None)) is None
    assert days_until_full(installation(store={"spans_last_day": 0})) is None
    assert days_until_full(installation(store={"spans": RowCount(10, is_exact=True)})) is None
    assert facts(installation(disk_free_bytes=None))["Disk"].value == "not known"


@pytest.mark.parametrize(
    ("number", "said"),
    [(None, "unknown"), (12, "12 bytes"), (2_048, "2.0 KiB"), (5 * GIB, "5.0 GiB"), (2**38, "256 GiB")],
)
def test_sizes_have_a_unit_that_fits(number: int | None, said: str) -> None:
    assert size(number) == said


@pytest.fixture
def about(store: FakeStore, monkeypatch: pytest.MonkeyPatch) -> list[Installation]:
    """What the page is told; change its one item."""
    told = [installation()]
    monkeypatch.setattr(health, "installation", store.answering("installation", lambda: told[0]))
    return told


def test_the_page_says_that_all_is_well(dashboard: AppTest, about: list[Installation]) -> None:
    open_page(dashboard, "settings")
    assert not dashboard.exception
    assert "All is well." in words(dashboard)
    for said in ("/var/msgtrace.db", "MSGTRACE_API_KEY", "genai-prices 0.2.3", "Collector host:1"):
        assert said in words(dashboard)


def test_the_page_names_what_is_not(dashboard: AppTest, about: list[Installation]) -> None:
    about[0] = installation(disk_free_bytes=1, store={"refused_last_hour": 2})
    open_page(dashboard, "settings")
    assert "2 things to look at**: Disk, Refused" in words(dashboard).replace("\\", "")
    assert "Make room now" in words(dashboard)


def test_an_empty_database_is_well_too(dashboard: AppTest, about: list[Installation]) -> None:
    nothing = RowCount(0, is_exact=True)
    about[0] = installation(
        store={"spans": nothing, "collectors": (), "oldest_start_ns": None, "newest_start_ns": None}
    )
    open_page(dashboard, "settings")
    assert "no data yet" in words(dashboard)
    assert "no request yet" in words(dashboard)


def test_an_outage_is_said(dashboard: AppTest, store: FakeStore, about: list[Installation]) -> None:
    store.outage = True
    open_page(dashboard, "settings")
    assert "database can't be reached" in dashboard.error[0].value


def test_names_from_outside_are_never_markup(dashboard: AppTest, about: list[Installation]) -> None:
    seen = CollectorSeen(name=HOSTILE, ports=(), newest_ns=NOW_NS, queued_spans=20_000)
    about[0] = installation(place=HOSTILE, projects=(HOSTILE,), store={"collectors": (seen,)})
    open_page(dashboard, "settings")
    for element in (*dashboard.markdown, *dashboard.caption):
        unescaped = re.sub(r"\\.", "", str(element.value))
        assert not any(mark in unescaped for mark in ("![", "](", "<", ":red[r", "$", "www."))


def test_no_secret_is_told(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> None:
    for name, value in {"API_KEY": "s3cret-key", "DASHBOARD_PASSWORD": "s3cret-word"}.items():
        monkeypatch.setenv(f"MSGTRACE_{name}", value)
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", "postgresql://me:s3cret@db.example:5433/traces?sslpassword=s3cret")
    told = health._place(health.get_settings())
    assert told == "db.example:5433/traces"
