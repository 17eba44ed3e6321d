"""What the page of a trace asks beside the trace itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st

from app.queries import baselines, studies
from collector.store.reads import freshness as freshness_reads
from collector.store.reads import traces as trace_reads
from collector.store.records import Freshness, TraceFilter, TracePage, TraceSummary
from tests.analysis.spans import make_span
from tests.app.samples import NOW_NS, summary

Asked = list[tuple[TraceFilter, int]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Iterator[Asked]:
    """The questions to the store, which knows one trace."""
    questions: Asked = []

    def list_traces(_engine: object, _scope: object, wanted: TraceFilter, *, limit: int) -> TracePage:
        questions.append((wanted, limit))
        return TracePage(traces=(summary(),), next_cursor=None)

    monkeypatch.setenv("MSGTRACE_DATABASE_URL", sqlite_url)
    monkeypatch.setattr(freshness_reads, "get_freshness", lambda *_: Freshness(version=1))
    monkeypatch.setattr(trace_reads, "list_traces", list_traces)
    st.cache_resource.clear()
    yield questions
    st.cache_resource.clear()


def test_a_run_is_measured_against_the_last_fifty_that_are_over_and_began_before_it(asked: Asked) -> None:
    trace: TraceSummary = summary(start_ns=NOW_NS, workflow="support", environment="prod")
    assert baselines.earlier_runs(trace) == (summary(),)
    [(wanted, limit)] = asked
    assert limit == 50
    assert wanted.period is not None
    assert wanted.period.end_ns == NOW_NS
    assert (wanted.workflows, wanted.environments) == (("support",), ("prod",))
    assert "running" not in wanted.outcomes


def test_a_run_of_no_workflow_has_nothing_to_be_measured_against(asked: Asked) -> None:
    assert baselines.earlier_runs(summary(workflow=None)) == ()
    assert asked == []


def test_the_same_answer_is_studied_once_and_another_anew(asked: Asked) -> None:
    spans = (make_span("a", None, 0, 5),)
    assert studies.study(spans) is studies.study(spans)
    grown = (*spans, make_span("b", "a", 1, 2))
    assert len(studies.study(grown).tree.nodes) == 2
