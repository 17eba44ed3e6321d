from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from collector.store import models
from collector.store.commit import commit
from collector.store.counting import decide_counted
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.summary import summarise
from tests.store.rows import TRACE_ID, batch, llm, span
from tests.store.test_counting import traces


def rows_of(engine: Engine, model: type[Any]) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(select(model.__table__)).mappings()]
    return sorted(found, key=lambda row: str([row[c.name] for c in model.__table__.primary_key]))


def test_what_is_committed_is_there_whole(writing: Engine) -> None:
    sent = llm(2, request_model="gpt-5", tags='["a"]', cost_nusd=12, cost_source="computed")
    result = commit(writing, [batch(span(1), sent)])[0]
    assert result.stored == 2
    stored = [SpanRow(**row) for row in rows_of(writing, models.Span)]
    assert stored[1] == sent
    assert len(rows_of(writing, models.SpanPayload)) == 2


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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=traces(), chance=st.randoms(use_true_random=False), data=st.data())
def test_however_spans_arrive_rows_and_sums_equal_a_recount(
    writing: Engine, spans: list[SpanRow], chance: random.Random, data: st.DataObject
) -> None:
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    arriving = spans + data.draw(st.lists(st.sampled_from(spans), max_size=5))
    chance.shuffle(arriving)
    while arriving:
        size = data.draw(st.integers(1, len(arriving)))
        commit(writing, [batch(*copy.deepcopy(arriving[:size]))])
        arriving = arriving[size:]
    decide_counted(spans)
    trace, ledger = summarise(spans)
    stored = [SpanRow(**row) for row in rows_of(writing, models.Span)]
    assert stored == sorted(spans, key=lambda s: s.span_id)
    assert [TraceRow(**row) for row in rows_of(writing, models.Trace)] == [trace]
    assert [UsageRow(**row) for row in rows_of(writing, models.Usage)] == ledger
    assert trace.trace_id == TRACE_ID
