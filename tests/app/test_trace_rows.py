from __future__ import annotations

from datetime import timedelta, timezone

from app.frames.trace_table import trace_rows
from tests.app.samples import HOSTILE, summary

PARIS = timezone(timedelta(hours=1), "CET")


def test_times_are_the_viewers() -> None:
    assert str(trace_rows([summary()], PARIS)["started"][0]) == "2026-11-22 15:00:00+01:00"


def test_what_is_unknown_is_missing_and_not_zero() -> None:
    rows = trace_rows([summary(cost_usd=None, total_tokens=None, duration_ms=None), summary(cost_usd=0.0)], PARIS)
    assert list(rows["cost_usd"].isna()) == [True, False]
    assert rows["tokens"].isna()[0]
    assert rows["duration_ms"].isna()[0]


def test_a_failed_run_shows_its_error_where_others_show_their_output() -> None:
    rows = trace_rows([summary(outcome="failed", error="ToolTimeout: no answer"), summary()], PARIS)
    assert list(rows["output"]) == ["ToolTimeout: no answer", "It left Porto at 10:07."]
    assert list(rows["outcome"]) == ["▲ failed", "●"]


def test_a_trace_without_a_workflow_goes_by_its_name() -> None:
    assert trace_rows([summary(workflow=None)], PARIS)["workflow"][0] == "invoke_agent"


def test_text_of_a_span_stays_the_text_it_is() -> None:
    row = trace_rows([summary(input_preview=HOSTILE, models=(HOSTILE,))], PARIS)
    assert row["input"][0] == row["model"][0] == HOSTILE


def test_no_traces_give_no_rows() -> None:
    assert len(trace_rows([], PARIS)) == 0
