"""Retention: what goes, what stays, and that no cost report changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.errors import StoreUnavailable
from collector.store import models
from collector.store.commands.marks import star
from collector.store.commit import commit
from collector.store.lease import hold_lease
from collector.store.reads.costs import get_costs
from collector.store.records import Lifetimes, Period, Pruned
from collector.store.records.costs import TAG, CostFilter, CostQuestion, Costs
from collector.store.retention import DAY_NS, LEASE, MONTH_NS, SPARED_NS, prune, used_bytes
from tests.conftest import SCOPE
from tests.store.rows import START_NS, TRACE_ID, batch, llm, log, span
from tests.store.test_commit import rows_of

LIFETIMES = Lifetimes(content_days=30, traces_days=90, ledger_months=25)
KEPT = {"input_preview": "what?", "output_preview": "that."}


def at_once(_seconds: float) -> bool:
    return False


def prune_after(engine: Engine, days: float, **changes: Any) -> Pruned:
    """A round so many days after everything was received."""
    lifetimes = Lifetimes(**{**{name: getattr(LIFETIMES, name) for name in LIFETIMES.__slots__}, **changes})
    return prune(engine, SCOPE, lifetimes, START_NS + int(days * DAY_NS), at_once)


def count_rows(engine: Engine) -> dict[str, int]:
    tables = (models.Span, models.SpanPayload, models.Trace, models.Usage, models.LogRecord)
    return {table.__tablename__: len(rows_of(engine, table)) for table in tables}


@pytest.fixture
def stored(writing: Engine) -> Engine:
    """A trace of three spans, two of them calls, with a log record."""
    calls = [llm(n, request_model="gpt-5", cost_nusd=7, cost_source="computed", **KEPT) for n in (2, 3)]
    commit(writing, [batch(span(1, tags='["a", "b"]', user_id="ada", **KEPT), *calls)])
    said = batch()
    said.logs = [log(2)]
    commit(writing, [said])
    return writing


def test_what_is_young_stays_whole(stored: Engine) -> None:
    before = {table: rows_of(stored, table) for table in (models.Span, models.SpanPayload, models.Usage)}
    assert prune_after(stored, 29).is_nothing
    assert before == {table: rows_of(stored, table) for table in before}


def test_content_goes_first_and_figures_stay(stored: Engine) -> None:
    ledger = rows_of(stored, models.Usage)
    pruned = prune_after(stored, 31)
    assert (pruned.contents, pruned.traces) == (1, 0)
    assert rows_of(stored, models.SpanPayload) == []
    assert [(row["record"], row["input_preview"]) for row in rows_of(stored, models.LogRecord)] == [(b"", None)]
    assert {row["input_preview"] for row in rows_of(stored, models.Span)} == {""}
    trace = rows_of(stored, models.Trace)[0]
    assert (trace["input_preview"], trace["output_preview"], trace["cost_nusd"]) == (None, None, 14)
    assert rows_of(stored, models.Usage) == ledger


def test_an_old_trace_goes_whole_and_its_ledger_is_sealed(stored: Engine) -> None:
    pruned = prune_after(stored, 91)
    assert (pruned.traces, pruned.spans) == (1, 3)
    assert count_rows(stored) == {"span": 0, "span_payload": 0, "trace": 0, "usage": 1, "log_record": 0}
    assert [row["sealed_tags"] for row in rows_of(stored, models.Usage)] == ['["a","b"]']


def test_a_second_round_finds_nothing_to_do(stored: Engine) -> None:
    assert not prune_after(stored, 91).is_nothing
    assert prune_after(stored, 91).is_nothing


def test_only_sealed_lines_ever_leave_the_ledger(stored: Engine) -> None:
    forever = {"content_days": 0, "traces_days": 0}
    later = 26 * MONTH_NS / DAY_NS
    assert prune_after(stored, later, **forever).is_nothing
    assert prune_after(stored, later).ledger_lines == 1
    assert rows_of(stored, models.Usage) == []


@pytest.mark.parametrize(("kept", "left"), [(1.0, 0), (2.0, 2)])
def test_failed_and_starred_traces_are_kept_longer_if_asked(writing: Engine, kept: float, left: int) -> None:
    ids = ["a" * 32, "b" * 32, "c" * 32]
    failed, starred, plain = (span(1, trace_id=id, status="error" if id[0] == "a" else "ok") for id in ids)
    commit(writing, [batch(failed, starred, plain)])
    star(writing, ("default", ids[1]), True)
    prune_after(writing, 91, keep_failed=kept)
    assert len(rows_of(writing, models.Trace)) == left
    assert len(rows_of(writing, models.SpanPayload)) == (0 if kept == 1 else 0 if 91 > 60 else left)
    prune_after(writing, 181, keep_failed=kept)
    assert rows_of(writing, models.Trace) == rows_of(writing, models.TraceNote) == []


def test_a_trace_that_is_longer_than_a_turn_goes_in_pieces(writing: Engine) -> None:
    commit(writing, [batch(*(span(n, **KEPT) for n in range(1, 1_501)))])
    assert prune_after(writing, 31).contents == 1
    assert rows_of(writing, models.SpanPayload) == []
    assert {row["output_preview"] for row in rows_of(writing, models.Span)} == {""}
    assert prune_after(writing, 91).spans == 1_500
    assert count_rows(writing)["span"] == 0


def test_a_late_span_makes_its_trace_young(stored: Engine) -> None:
    commit(stored, [batch(span(4, received_ns=START_NS + 80 * DAY_NS))])
    assert prune_after(stored, 91).traces == 0
    assert count_rows(stored)["span"] == 4


def ledger_sums(engine: Engine) -> tuple[int, int]:
    """Calls and nano-dollars."""
    rows = rows_of(engine, models.Usage)
    return sum(row["calls"] for row in rows), sum(row["cost_nusd"] or 0 for row in rows)


def test_a_trace_that_comes_again_is_shown_and_not_paid_twice(stored: Engine) -> None:
    before = ledger_sums(stored)
    prune_after(stored, 91)
    again = llm(2, request_model="gpt-5", cost_nusd=7, cost_source="computed", received_ns=START_NS + 92 * DAY_NS)
    assert commit(stored, [batch(again)])[0].stored == 1
    assert [row["cost_nusd"] for row in rows_of(stored, models.Trace)] == [7]
    assert ledger_sums(stored) == before
    prune_after(stored, 200)
    assert rows_of(stored, models.Trace) == []
    assert ledger_sums(stored) == before


def questions() -> list[CostQuestion]:
    """Every dimension alone, two together, and filters by tag."""
    now, before = Period(START_NS - DAY_NS, START_NS + DAY_NS), Period(START_NS - 3 * DAY_NS, START_NS - DAY_NS)
    names = ("workflow", "model", "provider", "agent", "user", "session", "service", "environment", "version", "source")
    pairs = [(name,) for name in (*names, "project", TAG, "team")] + [("model", TAG), (TAG, "user")]
    wheres = [(), (CostFilter(TAG, ("a",)),), (CostFilter(TAG, (None,)),)]
    return [CostQuestion(by=by, now=now, before=before, where=where) for by in pairs for where in wheres]


def test_every_cost_report_is_the_same_before_and_after(stored: Engine, reading: Engine) -> None:
    other = llm(1, 3, None, trace_id="e" * 32, request_model="x", start_s=-100_000, dimensions='{"team":"t"}')
    commit(stored, [batch(other)])

    def reports() -> list[Costs]:
        return [get_costs(reading, SCOPE, question) for question in questions()]

    before = reports()
    prune_after(stored, 31)
    assert reports() == before
    prune_after(stored, 91)
    assert rows_of(stored, models.Trace) == []
    assert reports() == before


def test_one_process_at_a_time(stored: Engine) -> None:
    with stored.begin() as connection:
        assert hold_lease(connection, LEASE, "another")
    with pytest.raises(StoreUnavailable, match="another process"):
        prune_after(stored, 91)
    assert count_rows(stored)["trace"] == 1


def test_a_round_that_is_told_to_stop_is_taken_up_by_the_next(writing: Engine) -> None:
    commit(writing, [batch(*(span(1, trace_id=f"{n:032x}") for n in range(1, 1_001)))])
    rests = iter((False, False, True))
    stopped = prune(writing, SCOPE, LIFETIMES, START_NS + 31 * DAY_NS, lambda _: next(rests))
    assert 0 < stopped.contents < 1_000
    assert prune_after(writing, 31).contents == 1_000 - stopped.contents


@pytest.fixture
def full(writing: Engine) -> Engine:
    """Forty traces of incompressible payloads, received one hour after the other."""
    commit_one: Callable[[int], Any] = lambda n: commit(writing, [heavy(n)])  # noqa: E731
    for number in range(1, 41):
        commit_one(number)
    return writing


def heavy(number: int) -> Any:
    one = batch(span(1, trace_id=f"{number:032x}", received_ns=START_NS + number * SPARED_NS))
    one.payloads[0].span = random.Random(number).randbytes(50_000)
    return one


def test_a_full_database_loses_its_oldest_content_first(full: Engine) -> None:
    if full.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps the space for itself: its size says nothing of what is in it")
    with full.connect() as connection:
        most = used_bytes(connection) // 2
    now_ns = START_NS + 41 * SPARED_NS
    pruned = prune(full, SCOPE, Lifetimes(content_days=0, traces_days=0, ledger_months=0, max_bytes=most), now_ns, at_once)
    left = [row["trace_id"] for row in rows_of(full, models.SpanPayload)]
    assert pruned.traces == 0
    assert left == [f"{n:032x}" for n in range(41 - len(left), 41)]
    assert pruned.returned_bytes > 0
    with full.connect() as connection:
        assert used_bytes(connection) <= most


def test_what_came_within_the_last_hour_stays_however_full_it_is(full: Engine) -> None:
    if full.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps the space for itself: its size says nothing of what is in it")
    now_ns = START_NS + 41 * SPARED_NS - 1
    prune(full, SCOPE, Lifetimes(content_days=0, traces_days=0, ledger_months=0, max_bytes=1), now_ns, at_once)
    assert [row["trace_id"] for row in rows_of(full, models.Trace)] == [f"{40:032x}"]
    assert TRACE_ID not in {row["trace_id"] for row in rows_of(full, models.Span)}
