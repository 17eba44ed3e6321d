"""Retention: what goes, what stays, and that no cost report changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from collector.errors import StoreUnavailable
from collector.store import models
from collector.store.commands.marks import star
from collector.store.commit import commit
from collector.store.lease import RETENTION, hold_lease
from collector.store.logs import with_logs
from collector.store.reads.costs import get_costs
from collector.store.reads.doctor import examine
from collector.store.reads.payloads import list_logs, list_payloads, list_without_content
from collector.store.reads.retention import preview_prune
from collector.store.reads.spans import get_span
from collector.store.reads.stored_spans import list_stored_spans
from collector.store.reads.tool_calls import list_calls
from collector.store.records import Lifetimes, Period, Pruned
from collector.store.records.costs import TAG, CostFilter, CostQuestion, Costs
from collector.store.retention import DAY_NS, MONTH_NS, SPARED_NS, prune, used_bytes
from collector.store.rows import LogRow, SpanRow, TraceRow, UsageRow
from collector.store.summary import Tally
from collector.store.texts import fill_texts
from tests.conftest import SCOPE
from tests.store.rows import START_NS, TRACE_ID, batch, llm, log, span, span_id
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
    assert rows_of(writing, models.SpanPayload) == []
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


def test_the_content_of_a_late_log_record_goes_in_its_time(stored: Engine) -> None:
    prune_after(stored, 31)
    late = batch()
    late.logs = [log(3, "late", received_ns=START_NS + 32 * DAY_NS)]
    commit(stored, [late])
    assert {row["input_preview"] for row in rows_of(stored, models.LogRecord)} == {None, "late"}
    prune_after(stored, 61)
    assert {row["input_preview"] for row in rows_of(stored, models.LogRecord)} == {None, "late"}
    prune_after(stored, 63)
    assert {row["record"] for row in rows_of(stored, models.LogRecord)} == {b""}


def test_reads_go_on_without_content(stored: Engine, reading: Engine) -> None:
    commit(stored, [batch(span(5, kind="tool", tool_name="t"))])
    prune_after(stored, 31)
    found = get_span(reading, SCOPE, TRACE_ID, span_id(2))
    assert (found.span, found.logs, found.record.cost_usd) == (None, (), 7e-9)
    calls = list_calls(reading, SCOPE, "t", Period(0, START_NS + DAY_NS))
    assert [call.span for call in calls] == [None]
    assert list_stored_spans(reading, SCOPE, [found.record]) == ()
    assert len(list_without_content(reading, SCOPE, TRACE_ID)) == 4
    assert list_payloads(reading, SCOPE, TRACE_ID) == list_logs(reading, SCOPE, TRACE_ID) == ()


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


def test_what_was_decided_by_content_stays_decided_without_it(writing: Engine, reading: Engine) -> None:
    asked = [llm(n, None, None, input_preview=said, scope="s") for n, said in ((2, "first"), (3, "second"))]
    moment = llm(4, start_s=9, end_s=9, input_preview="first", output_preview="answer", scope="s")
    commit(writing, [batch(span(1), *asked, moment)])
    reasons = [row["excluded_reason"] for row in rows_of(writing, models.Span)]
    assert reasons == [None, "reported_later", None, None]
    prune_after(writing, 31)
    assert [found for group in examine(reading, SCOPE) for found in group.differences] == []
    commit(writing, [batch(span(5))])
    assert [row["excluded_reason"] for row in rows_of(writing, models.Span)] == [*reasons, None]


def test_the_sealed_ledger_of_a_trace_that_came_again_stays_as_long_as_it_does(stored: Engine, reading: Engine) -> None:
    prune_after(stored, 91)
    later = 26 * MONTH_NS / DAY_NS
    commit(stored, [batch(llm(2, cost_nusd=7, received_ns=START_NS + int(later * DAY_NS)))])
    assert prune_after(stored, later).ledger_lines == 0
    assert [found for group in examine(reading, SCOPE) for found in group.differences] == []
    assert prune_after(stored, later + 91).ledger_lines == 1
    assert count_rows(stored)["usage"] == 0


def test_one_process_at_a_time(stored: Engine) -> None:
    with stored.begin() as connection:
        assert hold_lease(connection, RETENTION, "another")
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
    [payload] = one.payloads.values()
    payload.spans = random.Random(number).randbytes(50_000)
    return one


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL keeps freed space for itself
def test_a_full_database_loses_its_oldest_content_first(full: Engine) -> None:
    with full.connect() as connection:
        most = used_bytes(connection) // 2
    now_ns = START_NS + 41 * SPARED_NS
    pruned = prune(
        full, SCOPE, Lifetimes(content_days=0, traces_days=0, ledger_months=0, max_bytes=most), now_ns, at_once
    )
    left = [row["trace_id"] for row in rows_of(full, models.SpanPayload)]
    assert pruned.traces == 0
    assert left == [f"{n:032x}" for n in range(41 - len(left), 41)]
    assert pruned.returned_bytes > 0
    with full.connect() as connection:
        assert used_bytes(connection) <= most


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL keeps freed space for itself
def test_what_came_within_the_last_hour_stays_however_full_it_is(full: Engine) -> None:
    now_ns = START_NS + 41 * SPARED_NS - 1
    prune(full, SCOPE, Lifetimes(content_days=0, traces_days=0, ledger_months=0, max_bytes=1), now_ns, at_once)
    assert [row["trace_id"] for row in rows_of(full, models.Trace)] == [f"{40:032x}"]
    assert TRACE_ID not in {row["trace_id"] for row in rows_of(full, models.Span)}


@pytest.mark.parametrize("days", [29, 31, 91])
@pytest.mark.parametrize("kept", [1.0, 2.0])
def test_a_preview_tells_what_a_round_removes(stored: Engine, reading: Engine, days: int, kept: float) -> None:
    commit(stored, [batch(llm(1, trace_id="f" * 32, status="error"))])
    lifetimes = Lifetimes(content_days=30, traces_days=90, ledger_months=25, keep_failed=kept)
    now_ns = START_NS + days * DAY_NS
    told = preview_prune(reading, SCOPE, lifetimes, now_ns)
    before = count_rows(stored)
    done = prune(stored, SCOPE, lifetimes, now_ns, at_once)
    after = count_rows(stored)
    assert (told.traces, told.spans) == (done.traces, done.spans)
    assert told.traces == before["trace"] - after["trace"]
    assert told.contents == done.contents


def recounted(engine: Engine) -> tuple[list[TraceRow], dict[tuple[str, int], UsageRow]]:
    """What the stored spans add up to."""
    logs = [LogRow(**row) for row in rows_of(engine, models.LogRecord)]
    by_trace: dict[str, list[SpanRow]] = {}
    for row in rows_of(engine, models.Span):
        by_trace.setdefault(row["trace_id"], []).append(SpanRow(**row))
    traces, ledger = [], {}
    for trace_id, spans in by_trace.items():
        tally = Tally(with_logs(spans, [one for one in logs if one.trace_id == trace_id]), spans)
        with engine.connect() as connection:
            fill_texts(connection, [tally])
        trace, lines = tally.rows()
        traces.append(trace)
        ledger |= {(trace_id, line.slot): line for line in lines}
    return traces, ledger


@st.composite
def acts(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Spans and log records that come, some again, and rounds of retention, in any order, a day or more apart."""
    spans = st.builds(
        lambda trace, number, kind, tokens, parent, said: (
            "span",
            {"trace": trace, "number": number, "kind": kind, "tokens": tokens, "parent": parent, "said": said},
        ),
        st.sampled_from("abc"),
        st.integers(1, 4),
        st.sampled_from(["llm", "agent", "tool"]),
        st.sampled_from([None, 3, 5]),
        st.sampled_from([None, 1, 2]),
        st.sampled_from([None, "said"]),
    )
    logs = st.tuples(st.just("log"), st.tuples(st.sampled_from("abc"), st.integers(1, 4)))
    rounds = st.tuples(st.just("prune"), st.sampled_from([1.0, 2.0]))
    pauses = st.tuples(st.just("wait"), st.sampled_from([1, 31, 91]))
    return draw(st.lists(st.one_of(spans, spans, logs, rounds, pauses), min_size=3, max_size=14))


def span_of(what: dict[str, Any], now_ns: int) -> SpanRow:
    tokens = what["tokens"]
    sent = span(
        what["number"],
        trace_id=what["trace"] * 32,
        kind=what["kind"],
        parent=what["parent"] if what["parent"] != what["number"] else None,
        input_tokens=tokens,
        cost_nusd=tokens,
        input_preview=what["said"],
        tags=f'["{what["trace"]}"]',
    )
    sent.received_ns = now_ns
    return sent


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=acts())
def test_whatever_comes_and_goes_sums_equal_a_recount_and_sealed_lines_never_change(
    writing: Engine, acts: list[tuple[str, Any]]
) -> None:
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    now_ns = START_NS
    sealed: dict[tuple[str, int], UsageRow] = {}
    for act, what in acts:
        if act == "wait":
            now_ns += what * DAY_NS
        elif act == "span":
            commit(writing, [batch(span_of(what, now_ns))])
        elif act == "log":
            said = batch()
            said.logs = [log(what[1], trace_id=what[0] * 32, received_ns=now_ns)]
            commit(writing, [said])
        else:
            before = {(row["trace_id"], row["slot"]): row for row in rows_of(writing, models.Usage)}
            lifetimes = Lifetimes(content_days=30, traces_days=90, ledger_months=0, keep_failed=what)
            prune(writing, SCOPE, lifetimes, now_ns, at_once)
            after = {(row["trace_id"], row["slot"]): row for row in rows_of(writing, models.Usage)}
            unsealed = [{k: v for k, v in row.items() if k != "sealed_tags"} for row in (*before.values(),)]
            assert unsealed == [{k: v for k, v in row.items() if k != "sealed_tags"} for row in (*after.values(),)]
        stored = {(row["trace_id"], row["slot"]): UsageRow(**row) for row in rows_of(writing, models.Usage)}
        now_sealed = {key: line for key, line in stored.items() if line.sealed_tags is not None}
        assert sealed.items() <= now_sealed.items()
        sealed = now_sealed
        traces, ledger = recounted(writing)
        assert [TraceRow(**row) for row in rows_of(writing, models.Trace)] == traces
        closed = {trace_id for trace_id, _ in sealed}
        assert stored == sealed | {key: line for key, line in ledger.items() if key[0] not in closed}
