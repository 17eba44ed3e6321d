"""Texts that rows do without: which, that no decision needs them, and that whoever shows them has them all the same."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from collector.store import models, texts
from collector.store.batch import Batch
from collector.store.commit import commit, recompute, recount
from collector.store.counting import decide_counted, groups_of
from collector.store.left_out import leaves_texts_out
from collector.store.long_traces import LongTraces
from collector.store.reads.calls import list_calls
from collector.store.reads.doctor import examine
from collector.store.records import TraceFilter
from collector.store.rows import SpanRow, TraceRow
from collector.store.selecting import TraceKey
from collector.store.summary import summarise
from tests.conftest import SCOPE
from tests.store.acknowledged import as_left, raise_costs, without_content
from tests.store.drawn import spans_of
from tests.store.rows import TRACE_ID, batch, llm, log, span
from tests.store.test_commit import rows_of
from tests.store.test_stateful import MOMENT, REQUEST

KEY: TraceKey = ("default", TRACE_ID)
SAID: dict[str, Any] = {"input_preview": "asked", "output_preview": "answered"}


@pytest.mark.parametrize(
    ("row", "is_left_out"),
    [
        (llm(2), True),
        (llm(2, None, 5), True),
        (llm(2, 0, None), True),
        (span(2, kind="tool"), True),
        (span(2, kind="tool", end_s=2), True),
        (llm(1), False),
        (span(1, kind="tool"), False),
        (llm(2, end_s=None), False),
        (llm(2, pending=True), False),
        (llm(2, end_s=2), False),
        (llm(2, None, None), False),
        (llm(2, None, None, cost_nusd=7), False),
        (span(2, kind="tool", end_s=None), False),
        (span(2, kind="tool", pending=True), False),
        (span(2, kind="agent"), False),
        (span(2, kind="workflow"), False),
        (span(2, kind="other"), False),
    ],
)
def test_texts_are_left_out_of_ordinary_steps_alone(row: SpanRow, is_left_out: bool) -> None:
    row.payload_id = "p"
    assert leaves_texts_out(row) is is_left_out


def test_texts_that_lie_nowhere_else_stay() -> None:
    assert not leaves_texts_out(llm(2))


def test_a_row_says_that_there_is_a_text_and_the_span_in_memory_keeps_it(writing: Engine) -> None:
    sent = batch(span(1, **SAID), llm(2, **SAID), llm(3, input_preview="alone"), *(llm(n, **SAID) for n in range(4, 9)))
    commit(writing, [sent])
    stored = [(row["input_preview"], row["output_preview"]) for row in rows_of(writing, models.Span)]
    assert stored == [("asked", "answered"), ("", ""), ("", None), *[("", "")] * 5]
    assert [row.input_preview for row in sent.spans] == ["asked", "asked", "alone", *["asked"] * 5]


@st.composite
def traces(draw: st.DrawFn) -> list[SpanRow]:
    spans = []
    for number in range(1, draw(st.integers(2, 9))):
        kind = draw(st.sampled_from([{}, {}, {"pending": False, "kind": "llm"}, REQUEST, MOMENT]))
        parent = draw(st.sampled_from([None, 1, 2])) if number > 1 else draw(st.sampled_from([None, 9]))
        spans.append(draw(spans_of(number, parent, **{"payload_id": "p", **kind})))
    return spans


def decisions(spans: Iterable[SpanRow]) -> list[Any]:
    return [(s.counted, s.excluded_reason, s.excluded_by, list(groups_of(s))) for s in spans]


@settings(max_examples=300)
@given(whole=traces(), data=st.data())
def test_no_decision_depends_on_texts_that_rows_do_without(whole: list[SpanRow], data: st.DataObject) -> None:
    left = [as_left(row) for row in copy.deepcopy(whole)]
    decide_counted(whole)
    decide_counted(left)
    assert decisions(left) == decisions(whole)
    emptied = data.draw(st.sets(st.sampled_from([row.span_id for row in whole])))  # as retention does
    fewer = [[without_content(row) if row.span_id in emptied else row for row in rows] for rows in (whole, left)]
    for rows in fewer:
        decide_counted(rows)
    assert decisions(fewer[0]) == decisions(fewer[1])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=traces(), chance=st.randoms(use_true_random=False), data=st.data())
def test_in_whichever_requests_spans_come_their_trace_says_the_same(
    writing: Engine, reading: Engine, spans: list[SpanRow], chance: random.Random, data: st.DataObject
) -> None:
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    chance.shuffle(spans)
    at = 0
    while at < len(spans):
        size = data.draw(st.integers(1, len(spans) - at))
        commit(writing, [batch(*copy.deepcopy(spans[at : at + size]))], remembered=LongTraces())
        at += size
        there = copy.deepcopy(spans[:at])
        decide_counted(there)
        assert [TraceRow(**row) for row in rows_of(writing, models.Trace)] == [summarise(there)[0]]
    before = rows_of(writing, models.Trace)
    recount(writing, [KEY])
    assert rows_of(writing, models.Trace) == before
    assert [found for group in examine(reading, SCOPE) for found in group.differences] == []


def test_new_prices_change_no_text(writing: Engine) -> None:
    commit(writing, [batch(span(1), llm(2, cost_nusd=7, **SAID))])
    recompute(writing, [KEY], raise_costs)
    [trace] = rows_of(writing, models.Trace)
    assert (trace["input_preview"], trace["output_preview"], trace["cost_nusd"]) == ("asked", "answered", 8)


def test_who_was_asked_by_a_log_record_answers_by_its_content(writing: Engine) -> None:
    commit(writing, [batch(span(1), llm(2, output_preview="answered"))])
    commit(writing, [Batch(logs=[log(2, "asked")])])
    [trace] = rows_of(writing, models.Trace)
    assert (trace["input_preview"], trace["output_preview"]) == ("asked", "answered")


def test_a_text_whose_content_is_lost_is_unknown(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1), llm(2, **SAID))])
    with writing.begin() as connection:
        connection.execute(delete(models.SpanPayload))
    commit(writing, [batch(span(3))])
    [trace] = rows_of(writing, models.Trace)
    assert (trace["input_preview"], trace["output_preview"]) == (None, None)
    [call] = list_calls(reading, SCOPE, TraceFilter(), "llm").calls
    assert (call.input_preview, call.output_preview) == ("", "")


def test_content_that_cannot_be_read_fails_nothing(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1), llm(2, **SAID))])
    with writing.begin() as connection:
        connection.execute(models.SpanPayload.__table__.update().values(spans=b"nothing of ours"))  # type: ignore[attr-defined]
    commit(writing, [batch(span(3))])
    assert [row["input_preview"] for row in rows_of(writing, models.Trace)] == [None]
    assert len(list_calls(reading, SCOPE, TraceFilter(), "llm").calls) == 1


def test_a_trace_that_has_texts_of_its_own_reads_no_content(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(writing, [batch(span(1, **SAID), llm(2, **SAID))])
    monkeypatch.delattr(texts, "load_texts")
    commit(writing, [batch(llm(3, **SAID))])
    assert [row["input_preview"] for row in rows_of(writing, models.Trace)] == ["asked"]


def test_a_long_trace_reads_the_content_of_who_speaks_once(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(writing, [batch(*(llm(n, parent=9_999, **SAID) for n in range(1, 1_002)))])
    read: list[Any] = []
    load = texts.load_texts

    def noted(connection: Any, steps: Any) -> Any:
        read.extend(steps)
        return load(connection, steps)

    monkeypatch.setattr(texts, "load_texts", noted)
    writer = LongTraces()
    for number in range(2_000, 2_004):
        commit(writing, [batch(llm(number, parent=9_999))], remembered=writer)
    assert len(read) == 1
    assert [row["output_preview"] for row in rows_of(writing, models.Trace)] == ["answered"]


def test_a_list_of_calls_has_texts_of_old_rows_and_new_ones(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1), llm(2, **SAID), llm(3, input_preview="asked more"), llm(4))])
    with writing.begin() as connection:
        row = models.Span.__table__  # type: ignore[attr-defined]
        old = row.update().where(row.c.span_id == llm(3).span_id)
        connection.execute(old.values(input_preview="as it was", payload_start=None, payload_id="gone"))
    calls = list_calls(reading, SCOPE, TraceFilter(), "llm").calls
    assert [(call.input_preview, call.output_preview) for call in calls] == [
        (None, None), ("as it was", None), ("asked", "answered"),
    ]  # fmt: skip
