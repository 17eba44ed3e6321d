"""A file of traces, dropped on the page Traces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
import streamlit as st
import zstandard
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from app.commands import traces as commands
from app.components.import_menu import MOST_MIB
from collector.moving import inflated
from collector.store import models
from collector.store.engine import open_writer
from collector.store.records import Imported
from collector.store.schema import migrate
from tests.app.conftest import FakeStore, open_page, words
from tests.store.test_commit import rows_of

LINE = (
    b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",'
    b'"spanId":"eee19b7ec3c1b174","name":"run","startTimeUnixNano":"1795300000000000000",'
    b'"endTimeUnixNano":"1795300001000000000"}, {"traceId":"00","spanId":"01","name":"bad"}]}]}]}\n'
)


def drop(dashboard: AppTest, name: str = "traces.jsonl", content: bytes = LINE) -> AppTest:
    dashboard.file_uploader(key="import_file").set_value((name, content, "application/octet-stream"))
    return dashboard.run()


@pytest.fixture
def came(monkeypatch: pytest.MonkeyPatch) -> Imported:
    """What importing any file comes to; nothing is stored."""
    result = Imported(stored=3, known=2, first_ns=1_795_300_000 * 10**9, last_ns=1_795_300_100 * 10**9)

    def take(file: IO[bytes], project: str, progress: Callable[[int], object]) -> Imported:
        progress(len(file.read()))
        return result

    monkeypatch.setattr(commands, "import_file", take)
    return result


def test_a_file_is_read_when_asked_for_and_its_outcome_told(dashboard: AppTest, came: Imported) -> None:
    drop(open_page(dashboard, "traces"))
    assert "new" not in {element.value for element in dashboard.success}
    dashboard.button(key="import_now").click().run()
    assert not dashboard.exception
    assert [element.value for element in dashboard.success] == ["**3 spans new**, 2 known already."]
    assert "import_now" not in {button.key for button in dashboard.button}


def test_the_time_of_what_came_is_a_click_away(dashboard: AppTest, came: Imported) -> None:
    drop(open_page(dashboard, "traces"))
    dashboard.button(key="import_now").click().run()
    dashboard.button(key="import_show").click().run()
    assert {"from", "to"} <= set(dashboard.query_params)


def test_what_was_left_out_is_told_with_its_reasons_as_plain_text(dashboard: AppTest, came: Imported) -> None:
    came.left_out, came.reasons = 1, ["span ![x](http://evil.example/) has no id"]
    drop(open_page(dashboard, "traces"), name="![x](http://evil.example/x.png)<b>.jsonl")
    dashboard.button(key="import_now").click().run()
    assert [element.value for element in dashboard.warning] == ["**3 spans new**, 2 known already, 1 left out."]
    assert came.reasons[0] in {element.value for element in dashboard.text}
    said = " ".join(str(e.value) for kind in ("markdown", "caption", "error", "warning") for e in dashboard.get(kind))
    assert "evil.example" not in said


def test_a_file_that_is_none_says_why(dashboard: AppTest, came: Imported) -> None:
    came.stored = came.known = 0
    came.first_ns, came.fault = None, "line 1: no JSON [click](http://evil.example)"
    drop(open_page(dashboard, "traces"))
    dashboard.button(key="import_now").click().run()
    [error] = dashboard.error
    assert "could not be read to its end" in error.value
    assert "[click]" not in error.value


def test_nobody_imports_where_the_dashboard_may_only_read(dashboard: AppTest, store: FakeStore) -> None:
    store.may_write = False
    open_page(dashboard, "traces")
    assert dashboard.get("file_uploader") == []


def test_the_first_traces_may_come_from_a_file(dashboard: AppTest, store: FakeStore) -> None:
    store.freshness = type(store.freshness)(any_spans=False, newest_received_ns=None, version=0)
    open_page(dashboard, "traces")
    assert "Waiting for the first trace" in words(dashboard)
    assert len(dashboard.get("file_uploader")) == 1


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    url = f"sqlite:///{tmp_path / 'msgtrace.db'}"
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", url)
    st.cache_resource.clear()
    engine = open_writer(url)
    migrate(engine)
    yield engine
    engine.dispose()
    st.cache_resource.clear()


@pytest.mark.parametrize("compress", [bytes, zstandard.compress])
def test_a_file_goes_the_way_that_requests_go(
    database: Engine, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / "anything"
    file.write_bytes(compress(LINE))
    with file.open("rb") as opened:
        first = commands.import_file(opened, "default", lambda _: None)
        again = commands.import_file(opened, "default", lambda _: None)
    assert (first.stored, first.known, first.left_out, first.fault) == (1, 0, 1, None)
    assert (again.stored, again.known) == (0, 1)
    assert [row["name"] for row in rows_of(database, models.Span)] == ["run"]
    assert first.first_ns == first.last_ns == 1_795_300_000 * 10**9


def test_what_a_broken_file_held_before_stays(database: Engine, tmp_path: Path) -> None:
    file = tmp_path / "broken"
    file.write_bytes(LINE + b"{]\n")
    with file.open("rb") as opened:
        came = commands.import_file(opened, "default", lambda _: None)
    assert came.fault is not None
    assert "line 2" in came.fault
    assert len(rows_of(database, models.Span)) == 1
    assert came.stored == 1


def test_a_file_that_inflates_without_end_is_stopped(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MOST_INFLATED_BYTES", 2**20)
    file = tmp_path / "bomb"
    file.write_bytes(zstandard.compress(b"\n" * 2**22))
    with file.open("rb") as opened:
        came = commands.import_file(opened, "default", lambda _: None)
    assert "msgtrace import" in str(came.fault)
    assert inflated._CHUNK_BYTES * 32_768 <= MOST_MIB * 2**20
