from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from collector.errors import ConfigurationError, QueryTimeout, StoreUnavailable
from collector.store import engine as engine_module
from collector.store.commit import commit
from collector.store.engine import on_disk_later, open_reader, open_writer, reading, snapshot
from collector.store.reads.freshness import get_freshness
from collector.store.schema import migrate
from tests.conftest import SCOPE
from tests.store.rows import batch, span


def test_sqlite_commits_are_flushed_to_disk(sqlite_url: str) -> None:
    engine = open_writer(sqlite_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    engine.dispose()


def test_work_that_can_be_done_again_does_not_wait_for_the_disk_and_the_next_commit_does(sqlite_url: str) -> None:
    engine = open_writer(sqlite_url)
    seen = []
    for one in (engine, on_disk_later(engine), on_disk_later(engine), engine):  # on one connection
        with one.begin() as connection:
            seen.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
            connection.exec_driver_sql("INSERT INTO lease VALUES (hex(randomblob(8)), 'me', 0)")
    assert seen == [2, 1, 1, 2]
    engine.dispose()


@pytest.mark.postgres
def test_postgres_commits_are_flushed_to_disk(postgres_url: str) -> None:
    engine = open_writer(postgres_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
    engine.dispose()


def test_the_database_file_is_its_owners_alone(bare_sqlite_url: str, tmp_path: Path) -> None:
    open_writer(bare_sqlite_url).dispose()
    assert stat.S_IMODE((tmp_path / "msgtrace.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["100% new", "a#b", "a%23b", "a?b", "é"])
def test_a_database_may_lie_in_any_folder(tmp_path: Path, name: str) -> None:
    url = URL.create("sqlite", database=str(tmp_path / name / "msgtrace.db")).render_as_string()
    writer, reader = open_writer(url), open_reader(url)
    migrate(writer)
    assert get_freshness(reader, SCOPE).any_spans is False
    assert [path.name for path in tmp_path.iterdir()] == [name]
    writer.dispose()
    reader.dispose()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="can't be opened"):
        open_writer(f"sqlite:///{tmp_path / 'file' / 'msgtrace.db'}")


@pytest.mark.parametrize(
    "statement", ["DELETE FROM span", "CREATE TABLE t (x int)", "INSERT INTO trace DEFAULT VALUES"]
)
def test_a_reader_can_change_nothing(reading: Engine, statement: str) -> None:
    with reading.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text(statement))


def test_a_reader_can_attach_no_other_file(sqlite_url: str, tmp_path: Path) -> None:
    writer = open_writer(sqlite_url)
    migrate(writer)
    reader = open_reader(sqlite_url)
    with reader.connect() as connection, pytest.raises(DBAPIError):
        connection.exec_driver_sql(f"ATTACH '{tmp_path / 'other.db'}' AS other")
    assert not (tmp_path / "other.db").exists()
    writer.dispose()
    reader.dispose()


def test_a_query_that_takes_too_long_is_given_up(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "READ_DEADLINE_MS", 50)
    writer = open_writer(sqlite_url)
    reader = open_reader(sqlite_url)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(QueryTimeout), reading(reader) as connection:
        connection.exec_driver_sql(endless)
    writer.dispose()
    reader.dispose()


def test_a_database_that_is_away_is_said_to_be_away(tmp_path: Path) -> None:
    reader = open_reader(f"sqlite:///{tmp_path / 'missing.db'}")
    with pytest.raises(StoreUnavailable):
        get_freshness(reader, SCOPE)
    reader.dispose()


def test_a_database_without_our_tables_says_what_to_do(tmp_path: Path) -> None:
    create_engine(f"sqlite:///{tmp_path / 'empty.db'}").connect().close()
    (tmp_path / "empty.db").touch()
    reader = open_reader(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(StoreUnavailable, match="msgtrace migrate"):
        get_freshness(reader, SCOPE)
    reader.dispose()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:"])
def test_a_database_we_do_not_support_is_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigurationError, match="MSGTRACE_DATABASE_URL"):
        open_writer(url)


def test_reads_of_a_snapshot_agree_whatever_is_written_meanwhile(writing: Engine, reading: Engine) -> None:
    count = text("SELECT count(*) FROM span")
    with snapshot(reading) as connection:
        before = connection.execute(count).scalar_one()
        commit(writing, [batch(span(1))])
        assert connection.execute(count).scalar_one() == before == 0
    with snapshot(reading) as connection:
        assert connection.execute(count).scalar_one() == 1
