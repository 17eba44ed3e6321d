"""What a running collector does to what is stored, and `msgtrace prune` as a person runs it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from sqlalchemy import Engine, text

from collector import upkeep
from collector.config import Settings
from collector.store import models
from collector.store.commit import commit
from collector.store.retention import DAY_NS
from collector.upkeep import Upkeep, lifetimes_of
from tests.commands import run_command_for_text
from tests.store.rows import batch, llm, span
from tests.store.test_commit import rows_of

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def aged(writing: Engine) -> Engine:
    """Three traces: received 100 days, 40 days and a moment ago."""
    now_ns = time.time_ns()
    for number, days in enumerate((100, 40, 0), start=1):
        received_ns, trace_id = now_ns - days * DAY_NS, f"{number:032x}"
        commit(
            writing,
            [
                batch(
                    span(1, trace_id=trace_id, received_ns=received_ns, start_ns=received_ns),
                    llm(2, trace_id=trace_id, received_ns=received_ns, start_ns=received_ns),
                )
            ],
        )
    return writing


@pytest.fixture
def run(aged: Engine, database_url: str, tmp_path: Path) -> Run:
    def msgtrace(*words: str, command: str = "prune", **settings: str) -> CompletedProcess[str]:
        environment = {"MSGTRACE_DATABASE_URL": database_url, "XDG_DATA_HOME": str(tmp_path / "data"), **settings}
        return run_command_for_text(command, *words, **environment)

    return msgtrace


def test_prune_says_what_would_go_and_then_removes_it(run: Run, aged: Engine) -> None:
    told = run("--dry-run")
    assert told.returncode == 0, told.stderr
    what = "1 traces with 2 spans, the content of 1 more, 0 lines of the ledger"
    assert f"would go: {what}" in told.stdout
    assert "content is kept 30 days, spans and traces 90 days, the ledger 25 months" in told.stdout
    assert len(rows_of(aged, models.Trace)) == 3
    done = run()
    assert "gone: 1 traces with 2 spans, the content of 1 more" in done.stdout
    assert len(rows_of(aged, models.Trace)) == 2
    assert len(rows_of(aged, models.SpanPayload)) == 1
    assert "gone: nothing" in run().stdout


def test_settings_change_what_goes(run: Run) -> None:
    forever = {"MSGTRACE_KEEP_CONTENT_DAYS": "0", "MSGTRACE_KEEP_TRACES_DAYS": "0"}
    assert "would go: nothing" in run("--dry-run", **forever).stdout
    assert "for ever" in run("--dry-run", **forever).stdout
    assert "2 traces with 4 spans" in run("--dry-run", MSGTRACE_KEEP_TRACES_DAYS="30").stdout
    assert run("--dry-run", MSGTRACE_KEEP_CONTENT_DAYS="-1").returncode == 2


def test_doctor_finds_nothing_then_something_then_repairs_it(run: Run, aged: Engine) -> None:
    well = run(command="doctor")
    said = "3 traces recounted: 0 differed\nsums over hours and days recounted: 0 differed\n"
    assert (well.returncode, well.stdout) == (0, said), well.stderr
    with aged.begin() as connection:
        connection.execute(text("UPDATE trace SET name = '[red]x[/red]', span_count = 5"))
    ill = run(command="doctor")
    assert ill.returncode == 1
    assert f"{1:032x} span_count: 5 is 2" in ill.stdout
    assert "[red]x[/red] is span 1" in ill.stdout
    assert "3 traces recounted: 3 differed\n" in ill.stdout
    assert "3 differed and repaired" in run("--fix", command="doctor").stdout
    assert run(command="doctor").returncode == 0


def test_a_limit_in_mib_is_one_in_bytes() -> None:
    kept = lifetimes_of(Settings(max_database_mb=3, keep_failed=2))
    assert (kept.max_bytes, kept.keep_failed, kept.content_days) == (3 * 2**20, 2, 30)
    assert lifetimes_of(Settings()).max_bytes is None


def test_a_running_collector_prunes_by_itself(aged: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "FIRST_S", 0.0)
    keeping = Upkeep(Settings(database_url=database_url), aged, aged)
    keeping.start()
    until = time.monotonic() + 20
    while len(rows_of(aged, models.Trace)) == 3 and time.monotonic() < until:
        time.sleep(0.05)
    keeping.stop()
    assert len(rows_of(aged, models.Trace)) == 2
