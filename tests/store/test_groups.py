"""Earlier runs of a workflow, spans of many runs, and payloads of many spans."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.query import parse
from collector.store.commit import commit
from collector.store.reads import groups
from collector.store.reads.groups import list_step_spans
from collector.store.reads.neighbours import last_good_run, list_earlier_runs, run_before
from collector.store.reads.spans import list_spans
from collector.store.reads.stored_spans import list_stored_spans
from collector.store.reads.traces import get_trace, list_traces
from collector.store.records import Scope, TraceFilter
from tests.conftest import SCOPE
from tests.store.rows import batch, llm, span

RUNS = tuple(f"{number:032x}" for number in range(1, 6))


@pytest.fixture
def stored(writing: Engine) -> Engine:
    """Five runs of one workflow, a minute apart: ok, recovered, failed, another environment, the newest."""
    known = {"workflow": "support", "environment": "prod"}
    for number, trace_id in enumerate(RUNS):
        root = {**known, "trace_id": trace_id, "start_s": 60 * number, "version": str(number)}
        if number == 2:
            root["status"] = "error"
        if number == 3:
            root["environment"] = "staging"
        inner = llm(2, trace_id=trace_id, start_s=60 * number, status="error" if number == 1 else "ok")
        commit(writing, [batch(span(1, **root), inner)])
    return writing


def test_the_last_good_run_is_the_newest_ok_one_of_the_same_environment(stored: Engine) -> None:
    newest = get_trace(stored, SCOPE, RUNS[4])
    good = last_good_run(stored, SCOPE, newest)
    assert good is not None
    assert good.trace_id == RUNS[0]


def test_a_recovered_run_stands_in_where_none_ended_ok(stored: Engine) -> None:
    before = run_before(stored, SCOPE, get_trace(stored, SCOPE, RUNS[1]))
    assert before is not None
    assert before.trace_id == RUNS[0]
    assert last_good_run(stored, SCOPE, get_trace(stored, SCOPE, RUNS[0])) is None


def test_the_run_before_may_have_failed(stored: Engine) -> None:
    before = run_before(stored, SCOPE, get_trace(stored, SCOPE, RUNS[4]))
    assert before is not None
    assert before.trace_id == RUNS[2]


def test_earlier_runs_come_newest_first_and_no_more_than_asked_for(stored: Engine) -> None:
    newest = get_trace(stored, SCOPE, RUNS[4])
    assert [run.trace_id for run in list_earlier_runs(stored, SCOPE, newest, limit=2)] == [RUNS[2], RUNS[1]]


def test_runs_of_a_version_are_found(stored: Engine) -> None:
    found = list_traces(stored, SCOPE, TraceFilter(query=parse("version:(1 OR 4)"))).traces
    assert [trace.trace_id for trace in found] == [RUNS[4], RUNS[1]]


def test_step_spans_come_in_whole_traces_up_to_a_bound(stored: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_SPANS", 5)
    found = list_step_spans(stored, SCOPE, RUNS)
    assert [step.trace_id for step in found] == [RUNS[0], RUNS[0], RUNS[1], RUNS[1]]
    assert {step.duration_ms for step in found} == {1000.0}


def test_another_project_sees_no_spans(stored: Engine) -> None:
    spans = list_spans(stored, SCOPE, RUNS[0])
    assert list_step_spans(stored, Scope(("other",)), RUNS) == ()
    assert list_stored_spans(stored, Scope(("other",)), spans) == ()


def test_payloads_of_the_asked_for_spans_come_with_them(stored: Engine) -> None:
    spans = list_spans(stored, SCOPE, RUNS[0])
    found = list_stored_spans(stored, SCOPE, spans[:1])
    assert [one.record for one in found] == list(spans[:1])
    assert list_stored_spans(stored, SCOPE, ()) == ()
