"""A real standby: pages read it, are told of what it receives, and know how far it is behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine

from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.reads.freshness import get_freshness
from collector.store.reads.health import get_health
from collector.store.rights import may_write
from collector.store.schema import migrate
from collector.store.watching import watching
from tests.conftest import SCOPE
from tests.postgres_servers import own_server, replica_of, url_of
from tests.servers import wait_for
from tests.store.rows import batch, span

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Engine, Engine]]:
    """Engines: one that writes a server, and one that reads the standby that follows it."""
    with own_server(tmp_path / "primary") as primary:
        writing = open_writer(url_of(primary))
        migrate(writing)
        with replica_of(primary, tmp_path / "replica") as replica:
            reading = open_reader(url_of(replica))
            yield writing, reading
            reading.dispose()
        writing.dispose()


def test_a_page_that_reads_a_replica_is_told_of_what_it_has_received(pair: tuple[Engine, Engine]) -> None:
    writing, reading = pair
    with watching(reading) as watch:
        before = watch.version()
        commit(writing, [batch(span(1))])
        deadline = time.monotonic() + 20
        while watch.version() == before and time.monotonic() < deadline:
            assert watch.wait(Event())
        assert watch.version() == before + 1
    assert get_freshness(reading, SCOPE).any_spans


def test_how_far_a_replica_is_behind_is_known_and_that_nothing_can_be_changed_there(
    pair: tuple[Engine, Engine],
) -> None:
    writing, reading = pair
    commit(writing, [batch(span(1))])
    wait_for(lambda: get_freshness(reading, SCOPE).any_spans)
    wait_for(lambda: get_health(reading, SCOPE, time.time_ns()).replica_lag_s == 0)
    assert (may_write(reading), may_write(writing)) == (False, True)
    primary = get_health(writing, SCOPE, time.time_ns())
    assert (primary.is_replica, primary.replica_lag_s) == (False, None)
    assert not migrate(reading)
