"""A round of retention that is cut off inside a trace that is longer than a turn: whatever is shown is true by then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from collector.store import models, packing, turns
from collector.store.commit import commit
from collector.store.reads.costs import get_costs
from collector.store.reads.doctor import examine
from collector.store.reads.doctor_sums import examine_sums
from collector.store.records import Lifetimes, Pruned
from collector.store.retention import DAY_NS, GOING, prune
from collector.store.rolling import roll_sums
from collector.store.rollup import HOUR_NS, roll_hours
from tests.conftest import SCOPE
from tests.store.rows import START_NS, TRACE_ID, batch, llm, log, span
from tests.store.test_commit import rows_of
from tests.store.test_retention import questions

SPANS = 9
LATER_NS = START_NS + 4 * HOUR_NS


@pytest.fixture
def long(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A trace of many turns, of several hours, whose texts come from its spans, and in the end from log records."""
    monkeypatch.setattr(turns, "_FIRST", 1)
    monkeypatch.setattr(turns, "_MOST", 2)
    monkeypatch.setattr(packing, "PIECE_BYTES", 100)  # bytes: several payloads
    spans = [span(1, end_s=9_000)]
    for number in range(2, SPANS):
        said = {"input_preview": f"asked {number}", "output_preview": f"said {number}"}
        at = {"start_s": 900 * (SPANS - number), "end_s": 900 * (SPANS - number) + 5}
        kind = {"kind": "tool", "tool_name": "t"} if number % 3 else {"kind": "agent", "agent_name": "a"}
        spans.append(span(number, **said, **at, **kind) if number % 2 else llm(number, cost_nusd=number, **said, **at))
    streamed = {"input_preview": "asked once", "scope": "s", "start_s": 8}
    spans += [llm(SPANS, None, None, end_s=9, **streamed), llm(SPANS + 1, end_s=8, **streamed)]
    commit(writing, [batch(*spans, span(1, trace_id="c" * 32))])
    told = batch()
    told.logs = [log(number, f"logged {number}") for number in (1, 2, 5)]
    commit(writing, [told])
    return writing


def assert_all_is_true(writing: Engine, reading: Engine) -> None:
    """And the hours and days are rolled anew: whoever removes more has to forget them again."""
    assert [difference for group in examine(reading, SCOPE) for difference in group.differences] == []
    assert list(examine_sums(reading, SCOPE)) == []
    there = {row["trace_id"]: row["span_count"] for row in rows_of(writing, models.Trace)}
    spans = [row["trace_id"] for row in rows_of(writing, models.Span)]
    assert {trace_id: spans.count(trace_id) for trace_id in there} == there
    is_sealed = {row["sealed_tags"] is not None for row in rows_of(writing, models.Usage)}
    assert TRACE_ID in there or is_sealed == {True}
    for roll in (roll_hours, roll_sums):
        roll(writing, SCOPE, LATER_NS)


def cut_off_after_every_turn(writing: Engine, reading: Engine, days: float) -> int:
    """How many rounds it took, each of which came one turn further than the one before."""
    reports = [get_costs(reading, SCOPE, question) for question in questions()[::4]]
    for rounds in range(1, 500):
        rests = iter(range(rounds))
        pruned = prune_once(writing, days, lambda _, rests=rests: next(rests, None) is None)
        assert_all_is_true(writing, reading)
        if pruned.is_nothing and next(rests, None) is not None:
            break
    assert [get_costs(reading, SCOPE, question) for question in questions()[::4]] == reports
    return rounds


def prune_once(writing: Engine, days: float, rest: Callable[[float], bool] = lambda _: False) -> Pruned:
    lifetimes = Lifetimes(content_days=30, traces_days=90, ledger_months=0)
    return prune(writing, SCOPE, lifetimes, START_NS + int(days * DAY_NS), rest)


@pytest.mark.parametrize("days", [31, 91])
def test_nothing_is_stale_wherever_a_round_is_cut_off(long: Engine, reading: Engine, days: int) -> None:
    assert_all_is_true(long, reading)
    assert cut_off_after_every_turn(long, reading, days) > 4
    assert len(rows_of(long, models.Span)) == (SPANS + 2 if days == 31 else 0)
    assert rows_of(long, models.SpanPayload) == []
    assert {row["input_preview"] for row in rows_of(long, models.Trace)} <= {None}
    assert GOING not in {row["step"] for row in rows_of(long, models.RetentionMark)}


def test_what_comes_for_a_trace_that_is_going_stays(long: Engine, reading: Engine) -> None:
    turns_left = iter([False] * 4)
    prune_once(long, 91, lambda _: next(turns_left, True))
    left = [row["trace_id"] for row in rows_of(long, models.Span)].count(TRACE_ID)
    assert TRACE_ID not in {row["trace_id"] for row in rows_of(long, models.Trace)}
    assert 0 < left < SPANS + 1
    commit(long, [batch(span(99, received_ns=START_NS + 91 * DAY_NS))])
    prune_once(long, 92)
    assert [row["span_count"] for row in rows_of(long, models.Trace)] == [left + 1]
    assert_all_is_true(long, reading)
    prune_once(long, 183)
    assert rows_of(long, models.Span) == rows_of(long, models.RetentionMark)[1:] == []


def test_a_log_record_that_comes_for_a_trace_that_is_going_waits_for_its_span(long: Engine, reading: Engine) -> None:
    turns_left = iter([False] * 4)
    prune_once(long, 91, lambda _: next(turns_left, True))
    assert GOING in {row["step"] for row in rows_of(long, models.RetentionMark)}
    told = batch()
    told.logs = [log(99, "heard late", received_ns=START_NS + 91 * DAY_NS)]
    commit(long, [told])
    prune_once(long, 91)
    assert rows_of(long, models.Span) == []
    assert [row["input_preview"] for row in rows_of(long, models.LogRecord)] == ["heard late"]
    commit(long, [batch(span(99, kind="agent", received_ns=START_NS + 91 * DAY_NS))])
    assert [row["input_preview"] for row in rows_of(long, models.Trace)] == ["heard late"]
    assert_all_is_true(long, reading)
