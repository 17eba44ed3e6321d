from __future__ import annotations

import copy
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete

from collector.store import commit as commit_module
from collector.store import long_traces, models, settling
from collector.store.batch import Batch
from collector.store.commit import commit, recompute, recount
from collector.store.counting import decide_counted
from collector.store.long_traces import LongTrace, LongTraces, Unsure
from collector.store.removing import remove_content, remove_traces
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.summary import summarise
from tests.store.acknowledged import as_left
from tests.store.drawn import spans_of
from tests.store.rows import TRACE_ID, batch, llm, log, span, span_id
from tests.store.test_commit import rows_of

KEY = "default", TRACE_ID


@pytest.fixture(autouse=True)
def every_trace_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "LONG", 1)


@st.composite
def long_ones(draw: st.DrawFn) -> list[SpanRow]:
    """Spans of every kind, in trees, in pieces and in circles."""
    size = draw(st.integers(1, 14))
    with_circles = draw(st.sampled_from([False, False, False, True]))
    spans = []
    for number in range(1, size + 1):
        parents = st.integers(1, size + 1) if with_circles else st.integers(1, max(1, number - 1))
        parent = draw(st.sampled_from([None, 99])) if number == 1 else draw(parents)
        spans.append(draw(spans_of(number, parent)))
    return spans


def recounted(spans: list[SpanRow]) -> tuple[list[SpanRow], TraceRow, list[UsageRow]]:
    fresh = [replace(s, counted=False, excluded_by=None, excluded_reason=None) for s in copy.deepcopy(spans)]
    decide_counted(fresh)
    return sorted(fresh, key=lambda s: s.span_id), *summarise(fresh)


@settings(max_examples=300)
@given(spans=long_ones(), chance=st.randoms(use_true_random=False), data=st.data())
def test_a_trace_that_grows_by_requests_is_always_what_a_recount_makes_of_it(
    spans: list[SpanRow], chance: random.Random, data: st.DataObject
) -> None:
    chance.shuffle(spans)
    size = data.draw(st.integers(1, len(spans)))
    there = copy.deepcopy(spans[:size])
    decide_counted(there)
    try:
        trace = LongTrace(there)
        while size < len(spans):
            more = data.draw(st.integers(1, len(spans) - size))
            before = {s.span_id: (s.counted, s.excluded_by, s.excluded_reason) for s in trace.by_id.values()}
            changed = {s.span_id for s in trace.add(copy.deepcopy(spans[size : size + more]))}
            size += more
            found = sorted(trace.by_id.values(), key=lambda s: s.span_id)
            assert (found, *trace.rows()) == recounted(spans[:size])
            now = {s.span_id: (s.counted, s.excluded_by, s.excluded_reason) for s in found}
            assert changed >= {span_id for span_id in before if now[span_id] != before[span_id]}
    except Unsure:
        assert in_a_circle(spans)


def in_a_circle(spans: list[SpanRow]) -> bool:
    parents = {s.span_id: s.parent_span_id for s in spans}
    for at in parents:
        seen: set[str | None] = set()
        up: str | None = at
        while up in parents and up not in seen:
            seen.add(up)
            up = parents[up]
        if up in seen:
            return True
    return False


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=long_ones(), chance=st.randoms(use_true_random=False), data=st.data())
def test_however_a_long_trace_arrives_with_two_writers_rows_and_sums_equal_a_recount(
    writing: Engine, spans: list[SpanRow], chance: random.Random, data: st.DataObject
) -> None:
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    spans = [replace(s, pending=False) for s in spans]
    writers = [LongTraces(), LongTraces()]
    arriving = spans + data.draw(st.lists(st.sampled_from(spans), max_size=4))
    chance.shuffle(arriving)
    arrived: dict[str, SpanRow] = {}
    while arriving:
        size = data.draw(st.integers(1, len(arriving)))
        now, arriving = copy.deepcopy(arriving[:size]), arriving[size:]
        placeholders = [replace(s, pending=True, content_hash=b"p" + s.content_hash) for s in arriving[:1]]
        writer = writers[data.draw(st.integers(0, 1))]
        commit(writing, [batch(*now), batch(*copy.deepcopy(placeholders))], remembered=writer)
        arrived |= {s.span_id: s for s in placeholders if s.span_id not in arrived}
        arrived |= {s.span_id: s for s in now}
        if data.draw(st.booleans()):
            recompute(writing, [KEY], raise_costs)
            arrived = {span_id: with_raised_cost(s) for span_id, s in arrived.items()}
            arriving = [with_raised_cost(s) for s in arriving]
        check(writing, list(arrived.values()))


def raise_costs(spans: Any) -> list[SpanRow]:
    known = [s for s in spans if s.cost_nusd is not None]
    for s in known:
        s.cost_nusd += 1
    return known


def with_raised_cost(row: SpanRow) -> SpanRow:
    return row if row.cost_nusd is None else replace(row, cost_nusd=row.cost_nusd + 1)


def check(writing: Engine, arrived: list[SpanRow]) -> None:
    expected, trace, ledger = recounted(arrived)
    assert [SpanRow(**row) for row in rows_of(writing, models.Span)] == [as_left(row) for row in expected]
    assert [TraceRow(**row) for row in rows_of(writing, models.Trace)] == [trace]
    assert [UsageRow(**row) for row in rows_of(writing, models.Usage)] == ledger


def test_what_a_late_agent_means_for_calls_below_a_span_that_was_there_is_told() -> None:
    there = [span(2), llm(3, parent=2)]
    decide_counted(there)
    trace = LongTrace(there)
    trace.add([span(1, kind="agent"), llm(4, parent=2)])
    assert [(line.agent_name, line.calls) for line in trace.rows()[1]] == [("span 1", 2)]


def test_a_long_trace_is_not_loaded_again(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LongTraces()
    commit(writing, [batch(span(1))], remembered=writer)
    loaded: list[Any] = []
    load = settling.load_traces

    def noted(connection: Connection, keys: Any) -> Any:
        loaded.extend(keys)
        return load(connection, keys)

    monkeypatch.setattr(settling, "load_traces", noted)
    commit(writing, [batch(llm(2))], remembered=writer)
    assert loaded == []
    assert [row["span_count"] for row in rows_of(writing, models.Trace)] == [2]


def test_a_long_trace_with_log_records_is_completed_by_them(writing: Engine) -> None:
    writer = LongTraces()
    commit(writing, [batch(llm(1))], remembered=writer)
    commit(writing, [Batch(logs=[log(1, output_preview="said")])], remembered=writer)
    commit(writing, [batch(llm(2))], remembered=writer)
    assert [row["output_preview"] for row in rows_of(writing, models.Trace)] == ["said"]


def test_what_another_writer_stored_is_noticed(writing: Engine) -> None:
    writer = LongTraces()
    commit(writing, [batch(span(1))], remembered=writer)
    commit(writing, [batch(llm(2))])
    commit(writing, [batch(llm(3))], remembered=writer)
    assert [row["span_count"] for row in rows_of(writing, models.Trace)] == [3]


@pytest.mark.parametrize("is_whole", [False, True])
@pytest.mark.parametrize("most_rows", [2, 100])
def test_what_retention_took_is_noticed_also_between_two_of_its_turns(
    writing: Engine, is_whole: bool, most_rows: int
) -> None:
    writer = LongTraces()
    commit(writing, [batch(span(1, input_preview="asked"), llm(2))], remembered=writer)
    with writing.begin() as connection:
        some = (
            remove_traces(connection, [KEY], most_rows) if is_whole else remove_content(connection, {KEY: 2}, most_rows)
        )
    assert some == (most_rows == 100)
    commit(writing, [batch(llm(3))], remembered=writer)
    stored = [SpanRow(**row) for row in rows_of(writing, models.Span)]
    [trace] = [TraceRow(**row) for row in rows_of(writing, models.Trace)]
    assert trace == recounted(stored)[1]


def test_what_a_repair_wrote_is_noticed(writing: Engine) -> None:
    writer = LongTraces()
    commit(writing, [batch(span(1), llm(2))], remembered=writer)
    with writing.begin() as connection:
        connection.execute(delete(models.Span).where(models.Span.span_id == span_id(2)))  # type: ignore[arg-type]
    recount(writing, [KEY])
    commit(writing, [batch(llm(3))], remembered=writer)
    assert [row["span_count"] for row in rows_of(writing, models.Trace)] == [2]


def test_a_commit_that_fails_leaves_nothing_remembered(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LongTraces()
    commit(writing, [batch(span(1))], remembered=writer)

    def fail(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(commit_module, "note_errors", fail)
        commit(writing, [batch(llm(2))], remembered=writer)
    assert list(writer) == []
    commit(writing, [batch(llm(3))], remembered=writer)
    assert [row["span_count"] for row in rows_of(writing, models.Trace)] == [2]


def test_a_chain_too_long_to_walk_is_summed_whole(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_traces, "MOST_STEPS_UP", 3)
    writer = LongTraces()
    chain = [llm(number, parent=number - 1 or None) for number in range(1, 9)]
    for row in copy.deepcopy(chain):
        commit(writing, [batch(row)], remembered=writer)
    check(writing, chain)


def test_the_longest_unused_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_traces, "MOST_REMEMBERED", 2)
    writer = LongTraces()
    for name in "abc":
        writer.remember(("default", name), 1, LongTrace([span(1)]))
    assert list(writer) == [("default", "b"), ("default", "c")]
    assert writer.get(("default", "b"), 2) is None
