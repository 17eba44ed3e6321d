"""The download of the page Traces, for a browser that may see the page."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import export_route, sign_in
from collector.config import Settings
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.schema import migrate
from collector.tickets import sign
from tests.store.rows import START_NS, batch, llm, span


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    writer = open_writer(url)
    migrate(writer)
    commit(writer, [batch(span(1, environment="prod"), llm(2, environment="prod"))])
    writer.dispose()
    return open_reader(url)


def browser(engine: Engine, settings: Settings, **cookies: str) -> TestClient:
    route = export_route.route(lambda: export_route.Source(engine, settings))
    return TestClient(Starlette(routes=[route]), cookies=cookies)


def test_the_file_holds_what_the_link_says(engine: Engine) -> None:
    client = browser(engine, Settings())
    now = {"from_ns": str(START_NS), "to_ns": str(START_NS + 10**12)}
    assert len(client.get("/export", params={"format": "json", "list": "llm", "env": "prod", **now}).json()) == 1
    assert client.get("/export", params={"format": "json", "env": "test", **now}).json() == []
    assert client.get("/export", params={"format": "json", "from_ns": str(START_NS + 10**12)}).json() == []
    answer = client.get("/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="msgtrace-traces.csv"'


@pytest.mark.parametrize("parameters", [{"from_ns": "x"}, {"to_ns": "9" * 19}, {"q": "a:"}, {"format": "pdf"}])
def test_a_link_that_makes_no_sense_is_refused(engine: Engine, parameters: dict[str, str]) -> None:
    assert browser(engine, Settings()).get("/export", params=parameters).status_code == 400


def test_behind_a_password_only_who_signed_in_gets_the_file(engine: Engine) -> None:
    settings = Settings(dashboard_password=SecretStr("open sesame"))
    assert browser(engine, settings).get("/export").status_code == 401
    assert browser(engine, settings, **{sign_in.COOKIE: "1.x"}).get("/export").status_code == 401
    cookie = sign(sign_in._SIGNED_IN, "open sesame", 60)
    assert browser(engine, settings, **{sign_in.COOKIE: cookie}).get("/export").status_code == 200
