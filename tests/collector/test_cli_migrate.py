from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from collector.cli import cli
from collector.store.engine import open_writer
from tests.store.test_migrations import bring_to


def run(*arguments: str) -> tuple[int, str]:
    ended = CliRunner().invoke(cli, ["migrate", *arguments])
    return ended.exit_code, ended.output


@pytest.fixture
def url(bare_database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", bare_database_url)
    return bare_database_url


def test_a_check_ends_with_1_while_there_is_something_to_do_and_with_0_afterwards(url: str) -> None:
    code, said = run("--check")
    assert (code, "an empty database" in said) == (1, True)
    assert run("--no-copy")[0] == 0
    code, said = run("--check")
    assert (code, "up to date" in said) == (0, True)


def test_a_check_creates_no_file(bare_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", bare_sqlite_url)
    assert run("--check")[0] == 1
    assert list(tmp_path.iterdir()) == []


def test_a_check_names_steps_rows_and_that_its_times_are_estimates(url: str) -> None:
    engine = open_writer(url)
    bring_to(engine, "0007")
    with engine.begin() as connection:
        statement = "INSERT INTO usage (project_id, trace_id, slot, quarter_ns, calls, errors, unpriced_calls)"
        connection.execute(text(f"{statement} VALUES ('default', 't', 0, 0, 1, 0, 0)"))
    engine.dispose()
    code, said = run("--check")
    assert code == 1
    assert "0009  What providers billed, and the ledger by the hour: goes through 2 rows" in said
    assert "estimates" in said


def test_migrating_tells_where_the_copy_is(
    bare_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", bare_sqlite_url)
    engine = open_writer(bare_sqlite_url)
    bring_to(engine, "0007")
    engine.dispose()
    code, said = run()
    assert (code, str(tmp_path / "msgtrace.db.0007.bak") in said, "brought up to date" in said) == (0, True, True)
