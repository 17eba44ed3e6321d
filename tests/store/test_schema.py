from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from collector.errors import ConfigurationError, StoreUnavailable
from collector.store.engine import open_writer
from collector.store.schema import migrate


def test_migrating_twice_does_it_once(bare_database_url: str) -> None:
    engine = open_writer(bare_database_url)
    assert [migrate(engine), migrate(engine)] == [True, False]
    engine.dispose()


def test_processes_that_start_together_create_the_schema_once(bare_database_url: str) -> None:
    engines = [open_writer(bare_database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(migrate, engines)) == [False, False, False, True]
    for engine in engines:
        engine.dispose()


def test_a_database_of_a_newer_msgtrace_is_refused(bare_database_url: str) -> None:
    engine = open_writer(bare_database_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer msgtrace"):
        migrate(engine)
    engine.dispose()


def test_a_server_that_is_away_can_be_tried_again() -> None:
    engine = open_writer("postgresql+psycopg://127.0.0.1:1/nowhere")
    with pytest.raises(StoreUnavailable):
        migrate(engine)
    engine.dispose()
