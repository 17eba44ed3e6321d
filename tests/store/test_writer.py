from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection, Engine, event, text

from collector.errors import Overloaded, StoreUnavailable
from collector.store import commit as commit_module
from collector.store import engine as engine_module
from collector.store.batch import Batch, WriteResult
from collector.store.dialect import lock_traces
from collector.store.engine import open_writer
from collector.store.schema import migrate
from collector.store.writer import SpanWriter
from tests.store.rows import batch, llm, span

WAIT_S = 20


@pytest.fixture
def writer(writing: Engine) -> Iterator[SpanWriter]:
    writer = SpanWriter(writing, max_queued_spans=10)
    writer.start()
    yield writer
    writer.stop(WAIT_S)


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM span")).scalar_one())


def test_a_future_resolves_after_the_spans_are_committed(writer: SpanWriter, writing: Engine) -> None:
    assert writer.submit(batch(span(1), llm(2))).result(WAIT_S).stored == 2
    assert count(writing) == 2


def test_a_span_the_database_refuses_costs_its_neighbours_nothing(writer: SpanWriter, writing: Engine) -> None:
    poison = span(3, start_ns=2**70)
    futures = [writer.submit(batch(span(1), llm(2), poison, llm(4))), writer.submit(batch(llm(5)))]
    results = [future.result(WAIT_S) for future in futures]
    assert results[0].stored == 3
    assert len(results[0].rejected) == 1
    assert (results[1].stored, results[1].rejected) == (1, [])
    assert count(writing) == 4


def test_refused_spans_of_two_traces_count_as_two_though_their_ids_are_equal(writer: SpanWriter) -> None:
    poison = [span(1, trace_id=digit * 32, start_ns=2**70) for digit in "ab"]
    assert len(writer.submit(batch(*poison)).result(WAIT_S).rejected) == 2


def test_a_database_without_tables_is_told_apart_from_a_bad_span(writer: SpanWriter, writing: Engine) -> None:
    with writing.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE span RENAME TO span_elsewhere")
    with pytest.raises(StoreUnavailable):
        writer.submit(batch(span(1), span(2))).result(WAIT_S)
    with writing.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE span_elsewhere RENAME TO span")
    assert writer.submit(batch(span(1), span(2))).result(WAIT_S).stored == 2


@pytest.mark.postgres
def test_a_standby_that_only_reads_is_told_apart_from_a_bad_span(postgres_url: str) -> None:
    engine = open_writer(postgres_url)
    migrate(engine)

    @event.listens_for(engine, "begin")
    def only_read(connection: Connection) -> None:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    writer = SpanWriter(engine)
    writer.start()
    with pytest.raises(StoreUnavailable, match="read-only"):
        writer.submit(batch(span(1))).result(WAIT_S)
    writer.stop(WAIT_S)
    engine.dispose()


def test_memory_that_runs_out_is_told_apart_from_a_bad_span(
    writer: SpanWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_arguments: object, **_options: object) -> None:
        raise MemoryError

    monkeypatch.setattr("collector.store.writer.commit", exhausted)
    with pytest.raises(StoreUnavailable):
        writer.submit(batch(span(1))).result(WAIT_S)
    monkeypatch.undo()
    assert writer.submit(batch(span(1))).result(WAIT_S).stored == 1


@pytest.mark.postgres
def test_a_request_of_very_many_traces_leaves_locks_for_others(postgres_url: str) -> None:
    engine = open_writer(postgres_url)
    with engine.begin() as connection:
        lock_traces(connection, [("default", f"{number:032x}") for number in range(20_000)])
        held = connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).scalar_one()
        assert held <= 2_048
    engine.dispose()


def test_stopping_commits_what_is_queued(writing: Engine) -> None:
    writer = SpanWriter(writing)
    futures = [writer.submit(batch(llm(number))) for number in range(1, 5)]
    writer.start()
    writer.stop(WAIT_S)
    assert all(future.result(0).stored == 1 for future in futures)
    with pytest.raises(StoreUnavailable):
        writer.submit(batch(llm(9)))


def test_a_full_queue_refuses_more(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = Event(), Event()

    def slow_commit(engine: Engine, batches: list[Batch], **_options: int) -> list[WriteResult]:
        begun.set()
        go_on.wait(WAIT_S)
        return commit_module.commit(engine, batches)

    monkeypatch.setattr("collector.store.writer.commit", slow_commit)
    writer = SpanWriter(writing, max_queued_spans=2)
    writer.start()
    futures = [writer.submit(batch(llm(1)))]
    begun.wait(WAIT_S)
    futures += [writer.submit(batch(llm(2))), writer.submit(batch(llm(3)))]
    with pytest.raises(Overloaded):
        writer.submit(batch(llm(4)))
    go_on.set()
    writer.stop(WAIT_S)
    assert [future.result(0).stored for future in futures] == [1, 1, 1]


def test_a_locked_database_is_told_apart_from_a_bad_span(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    path = tmp_path / "locked.db"
    engine = open_writer(f"sqlite:///{path}")
    migrate(engine)
    writer = SpanWriter(engine)
    writer.start()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        writer.submit(batch(span(1))).result(WAIT_S)
    other.execute("ROLLBACK")
    other.close()
    assert writer.submit(batch(span(1))).result(WAIT_S).stored == 1
    writer.stop(WAIT_S)
    engine.dispose()


def test_a_full_database_is_told_apart_from_a_bad_span(tmp_path: Path) -> None:
    engine = open_writer(f"sqlite:///{tmp_path / 'full.db'}")
    migrate(engine)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    writer = SpanWriter(engine)
    writer.start()
    with pytest.raises(StoreUnavailable, match="full"):
        writer.submit(batch(*(llm(n, input_preview="x" * 200) for n in range(1, 500)))).result(WAIT_S)
    writer.stop(WAIT_S)
    engine.dispose()
