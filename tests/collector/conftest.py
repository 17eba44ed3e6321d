"""A whole collector in the test's process, over a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from collector.main import create_app

ClientFactory = Callable[..., TestClient]


@pytest.fixture
def make_client(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClientFactory]:
    """Starts a collector with the given settings, as if asked from `address`."""
    with ExitStack() as stack:

        def make(*, address: str = "http://127.0.0.1:4318", **settings: str) -> TestClient:
            monkeypatch.setenv("MSGTRACE_DATABASE_URL", database_url)
            for name, value in settings.items():
                monkeypatch.setenv(f"MSGTRACE_{name.upper()}", value)
            return stack.enter_context(TestClient(create_app(), base_url=address))

        yield make


@pytest.fixture
def client(make_client: ClientFactory) -> TestClient:
    return make_client()
