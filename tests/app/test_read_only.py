"""The dashboard with a PostgreSQL role that may only read: every page works, and what would change something is off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

import pytest
import streamlit as st
from sqlalchemy import create_engine, select
from streamlit.testing.v1 import AppTest

from app.commands import marks
from app.queries.asking import reader
from collector.config import Settings
from collector.demo.generate import generate
from collector.errors import OnlyReads
from collector.ingest import prepare
from collector.store.commands import alerts, views
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.filters import TRACE
from collector.store.models import ErrorGroup
from collector.store.reads.alerts import list_channels
from collector.store.records import AlertChannel, SavedView
from collector.store.rights import may_write
from collector.store.schema import migrate
from tests.app.conftest import UI, words
from tests.conftest import SCOPE
from tests.postgres_servers import reading_role

pytestmark = pytest.mark.postgres

CHANNEL = AlertChannel(
    project_id="default", channel_id="c", name="Ours", kind="webhook", url="https://secret.example/key", created_ns=1
)


@pytest.fixture
def role_url(postgres_url: str) -> Iterator[str]:
    """Of a database with traces in it."""
    engine = open_writer(postgres_url)
    migrate(engine)
    for request in islice(generate(time.time_ns(), days=2, traces_per_day=20), 2):
        commit(engine, [prepare(request.SerializeToString(), "protobuf", project_id="default", max_spans=10_000).batch])
    alerts.add_channel(engine, CHANNEL)
    engine.dispose()
    with reading_role(postgres_url) as url:
        yield url


@pytest.fixture
def only_reads(role_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A dashboard's process that is told nothing but the role."""
    monkeypatch.setenv("MSGTRACE_READ_DATABASE_URL", role_url)
    monkeypatch.delenv("MSGTRACE_DATABASE_URL", raising=False)
    st.cache_resource.clear()
    yield role_url
    reader(role_url).dispose()
    st.cache_resource.clear()


def newest(url: str) -> tuple[str, str]:
    """The ids of a trace and of an error."""
    engine = create_engine(url, connect_args={"options": "-c search_path=msgtrace"})
    with engine.connect() as connection:
        found = (
            connection.execute(select(TRACE.c.trace_id)).scalars().first(),
            connection.execute(
                select(ErrorGroup.__table__.c.fingerprint)  # type: ignore[attr-defined]
            )
            .scalars()
            .first(),
        )
    engine.dispose()
    return str(found[0]), str(found[1])


def opened(name: str, **params: str) -> AppTest:
    dashboard = AppTest.from_file(str(UI), default_timeout=60)
    for key, value in params.items():
        dashboard.query_params[key] = value
    return dashboard.switch_page(f"views/{name}.py").run()


def test_every_page_works_as_a_role_that_may_only_read(only_reads: str) -> None:
    trace_id, fingerprint = newest(only_reads)
    pages: list[tuple[str, dict[str, str]]] = [
        *((name, {"period": "30d"}) for name in ("home", "traces", "sessions", "errors", "agents", "costs", "prices")),
        *((name, {}) for name in ("alerts", "connect", "settings")),
        *(("trace", {"trace": trace_id}), ("errors", {"error": fingerprint, "period": "30d"})),
        ("compare", {"a": trace_id, "b": trace_id}),
    ]
    for name, params in pages:
        page = opened(name, **params)
        said = words(page)
        assert not page.exception, (name, page.exception)
        assert "can't be reached" not in said, (name, said)
        assert "Read only" in said, name


def test_what_would_change_something_is_off(only_reads: str) -> None:
    trace_id, _ = newest(only_reads)
    page = opened("trace", trace=trace_id)
    assert page.button(key="star").disabled


def test_a_change_is_refused_with_a_reason(only_reads: str) -> None:
    with pytest.raises(OnlyReads, match="only be read"):
        marks.star(("default", "0" * 32), True)


def test_a_command_as_such_a_role_is_refused_with_a_reason(role_url: str) -> None:
    engine = open_writer(role_url)
    view = SavedView(view_id="v", name="Mine", params="", created_ns=1)
    with pytest.raises(OnlyReads, match="only be read"):
        views.add_view(engine, "default", view)
    assert not migrate(engine)
    engine.dispose()


def test_secret_addresses_of_channels_are_not_shown_to_the_role(role_url: str, postgres_url: str) -> None:
    engine, owner = open_reader(role_url), open_reader(postgres_url)
    [seen], [known] = list_channels(engine, SCOPE), list_channels(owner, SCOPE)
    assert (seen.name, seen.url, known.url) == ("Ours", "", CHANNEL.url)
    engine.dispose()
    owner.dispose()


def test_whether_a_role_may_write_is_known_before_it_tries(role_url: str, postgres_url: str) -> None:
    found = []
    for url in (role_url, postgres_url):
        engine = open_reader(url)
        found.append(may_write(engine))
        engine.dispose()
    assert found == [False, True]


def test_a_database_to_read_from_is_the_only_one_where_no_other_is_named() -> None:
    reads = "postgres://reader@host/msgtrace"
    alone = Settings(read_database_url=reads)
    assert alone.sqlalchemy_url == alone.read_sqlalchemy_url == "postgresql+psycopg://reader@host/msgtrace"
    both = Settings(read_database_url=reads, database_url="postgresql://writer@host/msgtrace")
    assert both.sqlalchemy_url == "postgresql+psycopg://writer@host/msgtrace"
    assert both.read_sqlalchemy_url == "postgresql+psycopg://reader@host/msgtrace"
