from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, select

from collector.store import models
from collector.store.batch import Batch
from collector.store.commit import commit
from collector.store.counting import decide_counted
from collector.store.logs import with_logs
from collector.store.rows import LogRow, SpanRow, TraceRow, UsageRow
from collector.store.summary import summarise
from tests.store.rows import TRACE_ID, batch, llm, log, span
from tests.store.test_counting import traces


def rows_of(engine: Engine, model: type[Any]) -> list[dict[str, Any]]:
    """By key; without the revision of a trace, which is random."""
    with engine.connect() as connection:
        return rows_in(connection, model)


def rows_in(connection: Connection, model: type[Any]) -> list[dict[str, Any]]:
    columns = [column for column in model.__table__.c if column.name != "revision"]
    found = [dict(row) for row in connection.execute(select(*columns)).mappings()]
    return sorted(found, key=lambda row: str([row[c.name] for c in model.__table__.primary_key]))


def test_what_is_committed_is_there_whole(writing: Engine) -> None:
    sent = llm(2, request_model="gpt-5", tags='["a"]', cost_nusd=12, cost_source="computed")
    result = commit(writing, [batch(span(1), sent)])[0]
    assert result.stored == 2
    stored = [SpanRow(**row) for row in rows_of(writing, models.Span)]
    assert stored[1] == sent
    assert len(rows_of(writing, models.SpanPayload)) == 1


def test_the_same_request_again_changes_nothing(writing: Engine) -> None:
    request = batch(span(1), llm(2))
    commit(writing, [request])
    before = {model: rows_of(writing, model) for model in (models.Span, models.Trace, models.Usage)}
    again = commit(writing, [request, request])
    assert [r.duplicates for r in again] == [2, 2]
    assert before == {model: rows_of(writing, model) for model in before}


def test_a_span_that_comes_again_with_other_content_is_kept_as_it_was_first_and_counted(writing: Engine) -> None:
    commit(writing, [batch(span(1, name="first"))])
    result = commit(writing, [batch(span(1, name="second"))])[0]
    assert (result.stored, result.conflicts) == (0, 1)
    assert [row["name"] for row in rows_of(writing, models.Span)] == ["first"]
    assert len(rows_of(writing, models.SpanConflict)) == 1


@pytest.mark.parametrize("unfinished", [{"pending": True}, {"end_s": None}])
def test_an_unfinished_span_is_replaced_by_the_finished_one(writing: Engine, unfinished: dict[str, Any]) -> None:
    commit(writing, [batch(span(1, **unfinished))])
    assert [row["outcome"] for row in rows_of(writing, models.Trace)] == ["running"]
    assert commit(writing, [batch(span(1, status="error"))])[0].stored == 1
    assert [row["outcome"] for row in rows_of(writing, models.Trace)] == ["failed"]


def test_a_pending_span_never_replaces_the_real_one(writing: Engine) -> None:
    commit(writing, [batch(span(1))])
    result = commit(writing, [batch(span(1, pending=True, end_s=None))])[0]
    assert (result.stored, result.conflicts) == (0, 0)


def test_a_late_child_takes_the_count_from_its_parent(writing: Engine) -> None:
    commit(writing, [batch(span(1, kind="agent", input_tokens=10, output_tokens=5))])
    commit(writing, [batch(llm(2, 9, 4))])
    counted = {row["span_id"][-1]: bool(row["counted"]) for row in rows_of(writing, models.Span)}
    assert counted == {"1": False, "2": True}
    assert [row["input_tokens"] for row in rows_of(writing, models.Trace)] == [9]
    assert [row["input_tokens"] for row in rows_of(writing, models.Usage)] == [9]


def test_one_span_id_in_two_traces_or_projects_is_three_spans(writing: Engine) -> None:
    commit(writing, [batch(span(1), span(1, trace_id="f" * 32), span(1, project_id="other"))])
    assert len(rows_of(writing, models.Span)) == 3
    assert len(rows_of(writing, models.Trace)) == 3


def test_every_commit_that_stores_something_bumps_the_change_counter(writing: Engine) -> None:
    request = batch(span(1))
    commit(writing, [request])
    commit(writing, [request])
    commit(writing, [batch(llm(2))])
    assert sum(row["version"] for row in rows_of(writing, models.ChangeCounter)) == 2


@st.composite
def logs_of(draw: st.DrawFn, span_count: int) -> list[LogRow]:
    """Log records of a trace's spans, and of spans that never come."""
    size = draw(st.integers(0, 5))
    words, previews = st.sampled_from("abc"), st.sampled_from([None, "answer", "other"])
    return [
        log(
            draw(st.integers(1, span_count + 1)),
            draw(words),
            time_s=draw(st.integers(0, 3)),
            output_preview=draw(previews),
            exceptions=draw(st.sampled_from([None, '[{"type": "E", "message": "m"}]'])),
        )
        for _ in range(size)
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=traces(), chance=st.randoms(use_true_random=False), data=st.data())
def test_however_spans_and_logs_arrive_rows_and_sums_equal_a_recount(
    writing: Engine, spans: list[SpanRow], chance: random.Random, data: st.DataObject
) -> None:
    logs = {row.log_id: row for row in data.draw(logs_of(len(spans)))}
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    sent: list[SpanRow | LogRow] = [*spans, *logs.values()]
    arriving = sent + data.draw(st.lists(st.sampled_from(sent), max_size=5))
    chance.shuffle(arriving)
    while arriving:
        size = data.draw(st.integers(1, len(arriving)))
        now = copy.deepcopy(arriving[:size])
        of_spans = batch(*(row for row in now if isinstance(row, SpanRow)))
        commit(writing, [of_spans, Batch(logs=[row for row in now if isinstance(row, LogRow)])])
        arriving = arriving[size:]
    decide_counted(spans)
    trace, ledger = summarise(with_logs(spans, logs.values()), spans)
    there = {span.span_id for span in spans}
    waiting = {row["log_id"]: bool(row["waiting"]) for row in rows_of(writing, models.LogRecord)}
    assert waiting == {row.log_id: row.span_id not in there for row in logs.values()}
    stored = [SpanRow(**row) for row in rows_of(writing, models.Span)]
    assert stored == sorted(spans, key=lambda s: s.span_id)
    assert [TraceRow(**row) for row in rows_of(writing, models.Trace)] == [trace]
    assert [UsageRow(**row) for row in rows_of(writing, models.Usage)] == ledger
    assert trace.trace_id == TRACE_ID
