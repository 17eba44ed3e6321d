"""A database with all recordings in it, and the switch that renews the golden files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from collector.main import create_app
from collector.store.engine import open_reader
from tests.corpus.recordings import post, runs


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Every recording, sent once."""
    url = f"sqlite:///{tmp_path_factory.mktemp('recorded') / 'msgtrace.db'}"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MSGTRACE_DATABASE_URL", url)
        with TestClient(create_app(), base_url="http://127.0.0.1:4318") as client:
            for run in runs():
                for body in run.bodies:
                    assert post(client, body) == 200
    engine = open_reader(url)
    yield engine
    engine.dispose()
