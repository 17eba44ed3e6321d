"""From every released schema, with data in it, to the newest one; and what happens when that is interrupted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard
from alembic import command
from sqlalchemy import Connection, Engine, column, event, func, insert, inspect, table, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.types import Boolean, LargeBinary, Text

from collector.store import backup, schema
from collector.store.engine import open_reader, open_writer
from collector.store.reads.spans import list_spans
from collector.store.reads.stored_spans import list_stored_spans
from collector.store.reads.traces import get_trace
from collector.store.schema import migrate, plan
from tests.conftest import SCOPE

SCRIPTS = list(reversed(list(schema._scripts().walk_revisions())))
REVISIONS = [script.revision for script in SCRIPTS]
TRACE, SPAN = "0" * 31 + "1", "0" * 15 + "1"
KNOWN = {
    "project_id": "default",
    "trace_id": TRACE,
    "span_id": SPAN,
    "payload_id": SPAN,
    "root_span_id": SPAN,
    "outcome": "ok",
    "kind": "workflow",
    "status": "ok",
    "models": "[]",
    "tags": "[]",
    "start_ns": 10,
    "end_ns": 30,
    "span": zstandard.compress(b"as received"),
    "spans": zstandard.compress(b"as received"),
    "content": zstandard.compress(b"of all"),
    "record": zstandard.compress(b"a log record"),
}
"""What reads make sense of. All other columns get some value of their type; those that may be NULL stay so."""

Contents = dict[str, list[dict[str, object]]]
"""Of each table, its rows."""


class Interrupted(Exception):
    pass


@pytest.fixture
def engine(bare_database_url: str) -> Iterator[Engine]:
    engine = open_writer(bare_database_url)
    yield engine
    engine.dispose()


def bring_to(engine: Engine, revision: str) -> None:
    """As an earlier msgtrace did."""
    config = schema._config()
    with engine.begin() as connection:
        schema._lock(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def tables(connection: Connection) -> dict[str, list[ReflectedColumn]]:
    found = inspect(connection)
    return {name: found.get_columns(name) for name in sorted(found.get_table_names()) if name != "alembic_version"}


def fill(engine: Engine) -> None:
    """A row in every table."""
    with engine.begin() as connection:
        for name, columns in tables(connection).items():
            values = {one["name"]: value_of(one) for one in columns if not one["nullable"]}
            connection.execute(insert(table(name, *map(column, values))).values(values))


def value_of(one: ReflectedColumn) -> object:
    if isinstance(one["type"], Boolean):
        return False
    if isinstance(one["type"], TSVECTOR):
        return func.to_tsvector("x")
    value = b"x" if isinstance(one["type"], LargeBinary) else "x" if isinstance(one["type"], Text) else 1
    known = KNOWN.get(one["name"])
    return known if type(known) is type(value) else value


def contents(engine: Engine) -> Contents:
    with engine.connect() as connection:
        return {
            name: [dict(row) for row in connection.execute(text(f"SELECT * FROM {name}")).mappings()]
            for name in tables(connection)
        }


def kept(before: Contents, after: Contents) -> None:
    """Every row is there, with what it said under the names that are still there."""
    for name, rows in before.items():
        if name == "rolled_stretch":  # says what is worked out; a migration may have it worked out anew
            continue
        assert len(after[name]) == len(rows), name
        for old, new in zip(rows, after[name], strict=True):
            same = old.keys() & new.keys()
            assert {key: new[key] for key in same} == {key: old[key] for key in same}


@contextmanager
def statements(engine: Engine, fail_at: int | None = None) -> Iterator[list[str]]:
    """What is sent to the database. Raises Interrupted instead of the statement with this number."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)
        if len(sent) - 1 == fail_at:
            raise Interrupted(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_released_schema_comes_to_the_newest_with_its_data(engine: Engine, revision: str) -> None:
    bring_to(engine, revision)
    fill(engine)
    before = contents(engine)
    assert migrate(engine) is (revision != REVISIONS[-1])
    kept(before, contents(engine))
    assert get_trace(engine, SCOPE, TRACE).trace_id == TRACE
    [stored] = list_stored_spans(engine, SCOPE, list_spans(engine, SCOPE, TRACE))
    assert stored.span == b"as received"


def test_a_migration_that_breaks_off_anywhere_changes_nothing_and_can_be_done_again(engine: Engine) -> None:
    bring_to(engine, REVISIONS[0])
    fill(engine)
    before = contents(engine)
    fail_at, is_through = 0, False
    while not is_through:
        with statements(engine, fail_at) as sent:
            try:
                migrate(engine, with_copy=False)
                is_through = True
            except Interrupted:
                assert contents(engine) == before
        fail_at += 3
    assert {name for sql in sent for name in re.findall(r"version_num='(\d+)' WHERE", sql)} == set(REVISIONS[1:])
    kept(before, contents(engine))
    assert plan(engine).steps == ()


def test_every_step_says_which_tables_it_goes_through(engine: Engine) -> None:
    passes = re.compile(r"(?:CREATE (?:UNIQUE )?INDEX \S+ ON|UPDATE|FROM|INTO)\s+\"?(\w+)\"?", re.IGNORECASE)
    there: set[str] = set()
    for script in SCRIPTS:
        with statements(engine) as sent:
            bring_to(engine, script.revision)
        found = {name for statement in sent for name in passes.findall(statement)} & there
        assert found <= set(script.module.PASSES), f"{script.revision}: name these tables in PASSES"
        with engine.connect() as connection:
            there = set(tables(connection))


def test_a_check_tells_steps_and_rows_and_changes_nothing(engine: Engine, bare_database_url: str) -> None:
    bring_to(engine, "0001")
    fill(engine)
    before = contents(engine)
    reader = open_reader(bare_database_url)
    found = plan(reader)
    assert [step.revision for step in found.steps] == REVISIONS[1:]
    assert {step.revision: step.rows for step in found.steps}["0002"] == 4 + 3
    assert found.revision == "0001"
    assert (found.copy_bytes is not None) == (engine.dialect.name == "sqlite")
    assert contents(engine) == before
    reader.dispose()


def test_a_check_of_an_empty_database_creates_nothing(engine: Engine, bare_database_url: str) -> None:
    reader = open_reader(bare_database_url)
    assert plan(reader).revision is None
    assert [step.revision for step in plan(reader).steps] == REVISIONS
    assert inspect(reader).get_table_names() == []
    reader.dispose()


def copies(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.endswith(".bak"))


def test_a_copy_is_made_before_a_migration_and_holds_what_was_there(bare_sqlite_url: str, tmp_path: Path) -> None:
    engine, told = open_writer(bare_sqlite_url), list[str]()
    bring_to(engine, "0009")
    fill(engine)
    before = contents(engine)
    migrate(engine, tell=told.append)
    assert copies(tmp_path) == ["msgtrace.db.0009.bak"]
    assert str(tmp_path / "msgtrace.db.0009.bak") in told[0]
    copy = open_writer(f"sqlite:///{tmp_path / 'msgtrace.db.0009.bak'}")
    assert contents(copy) == before
    assert plan(copy).revision == "0009"
    engine.dispose()
    copy.dispose()


def test_of_the_copies_the_newest_stay(bare_sqlite_url: str, tmp_path: Path) -> None:
    engine = open_writer(bare_sqlite_url)
    for number in range(1, 6):
        bring_to(engine, f"{number:04}")
        backup.copy_before_migration(engine, f"{number:04}")
    assert copies(tmp_path) == ["msgtrace.db.0004.bak", "msgtrace.db.0005.bak"]
    engine.dispose()


def test_without_room_for_a_copy_it_says_so_and_goes_on(
    bare_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_SPARE_BYTES", 2**60)
    engine, told = open_writer(bare_sqlite_url), list[str]()
    bring_to(engine, "0009")
    assert migrate(engine, tell=told.append)
    assert "no copy" in told[0]
    assert copies(tmp_path) == []
    engine.dispose()


@pytest.mark.parametrize("with_copy", [True, False])
def test_there_is_nothing_to_copy_of_a_new_database_or_when_none_is_wanted(
    bare_sqlite_url: str, tmp_path: Path, with_copy: bool
) -> None:
    engine = open_writer(bare_sqlite_url)
    if not with_copy:
        bring_to(engine, "0009")
    migrate(engine, with_copy=with_copy)
    assert copies(tmp_path) == []
    engine.dispose()


@pytest.mark.postgres
def test_a_role_that_may_only_read_finds_an_old_schema_and_is_told_what_to_do(bare_postgres_url: str) -> None:
    owner, reader = open_writer(bare_postgres_url), open_reader(bare_postgres_url)
    bring_to(owner, "0009")
    with pytest.raises(Exception, match="run `msgtrace migrate` as its owner"):
        migrate(reader)
    migrate(owner)
    assert migrate(reader) is False
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    owner.dispose()
    reader.dispose()
