"""Seeing that something was committed, on both databases."""

from __future__ import annotations

import time
from threading import Event

import pytest
from sqlalchemy import Engine

from collector.errors import StoreUnavailable
from collector.store.commit import bump_counter
from collector.store.engine import open_reader
from collector.store.watching import Watch, watching


def change(engine: Engine) -> None:
    with engine.begin() as connection:
        bump_counter(connection)


def version_after_a_hint(watch: Watch, before: int) -> int:
    deadline = time.monotonic() + 10
    while (version := watch.version()) == before and time.monotonic() < deadline:
        watch.wait(Event())
    return version


def test_a_commit_on_another_connection_is_seen(writing: Engine, reading: Engine) -> None:
    with watching(reading) as watch:
        before = watch.version()
        change(writing)
        assert version_after_a_hint(watch, before) == before + 1


def test_a_wake_within_the_process_ends_the_wait(reading: Engine) -> None:
    with watching(reading) as watch:
        woken = Event()
        woken.set()
        watch.wait(woken)
        assert not woken.is_set()


def test_a_transaction_that_is_rolled_back_changes_nothing(writing: Engine, reading: Engine) -> None:
    with watching(reading) as watch:
        before = watch.version()
        with pytest.raises(RuntimeError), writing.begin() as connection:
            bump_counter(connection)
            raise RuntimeError
        watch.wait(Event())
        assert watch.version() == before


@pytest.mark.postgres
def test_a_watch_leaves_no_listening_connection_in_the_pool(postgres_url: str) -> None:
    engine = open_reader(postgres_url)
    with watching(engine):
        pass
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM pg_listening_channels()").all() == []
    engine.dispose()


def test_a_database_that_is_away_is_said_so(bare_sqlite_url: str) -> None:
    with pytest.raises(StoreUnavailable), watching(open_reader(bare_sqlite_url)) as watch:
        watch.version()
