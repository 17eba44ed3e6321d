from __future__ import annotations

from datetime import timedelta, timezone

from app.frames.rows import LLM_COLUMNS, TOOL_COLUMNS, TRACE_COLUMNS, Row, call_rows, trace_rows
from collector.store.records import Call, TraceSummary
from tests.app.samples import HOSTILE, HOUR_NS, NOW_NS, call, summary

PARIS = timezone(timedelta(hours=1), "CET")
COLUMNS = tuple(TRACE_COLUMNS.values())


def link(trace_id: str, span_id: str | None) -> str:
    return f"{trace_id[:2]} {span_id}"


def rows(*traces: TraceSummary, now_ns: int = NOW_NS) -> list[Row]:
    return trace_rows(traces, COLUMNS, PARIS, now_ns, link)


def cells(row: Row) -> dict[str, str]:
    return dict(zip(TRACE_COLUMNS, row.cells, strict=True))


def call_cells(said: Call) -> dict[str, str]:
    columns = LLM_COLUMNS if said.kind == "llm" else TOOL_COLUMNS
    (row,) = call_rows([said], columns, PARIS, NOW_NS, link)
    return dict(zip((column.id for column in columns), row.cells, strict=True))


def test_a_row_says_a_run_in_a_few_words() -> None:
    (row,) = rows(summary())
    assert row.href == "0a None"
    assert cells(row) == {
        "outcome": "●",
        "started": "15:00:00",
        "workflow": "support-bot.answer",
        "input": "Where is my parcel?",
        "output": "It left Porto at 10:07.",
        "model": "gpt-5-mini",
        "duration_ms": "2.12\xa0s",
        "tokens": "1,352",
        "cost_usd": "$0.0234",
    }


def test_times_of_several_days_say_the_day() -> None:
    assert cells(rows(summary(), now_ns=NOW_NS + 25 * HOUR_NS)[0])["started"] == "22 Nov 15:00"


def test_what_is_unknown_is_said_to_be_and_is_not_zero() -> None:
    (row, free) = map(cells, rows(summary(cost_usd=None, total_tokens=None, duration_ms=None), summary(cost_usd=0.0)))
    assert (row["cost_usd"], row["tokens"], row["duration_ms"]) == ("unknown",) * 3
    assert free["cost_usd"] == "$0"


def test_a_failed_run_shows_its_error_where_others_show_their_output() -> None:
    row = rows(summary(outcome="failed", error="ToolTimeout: no answer"))[0]
    assert (row.tone, cells(row)["outcome"], cells(row)["output"]) == ("failed", "▲ failed", "ToolTimeout: no answer")


def test_a_trace_without_a_workflow_goes_by_its_name() -> None:
    assert cells(rows(summary(workflow=None))[0])["workflow"] == "invoke_agent"


def test_text_of_a_span_stays_the_text_it_is() -> None:
    row = cells(rows(summary(input_preview=HOSTILE, models=(HOSTILE,)))[0])
    assert row["input"] == row["model"] == HOSTILE


def test_a_model_call_shows_its_first_token_and_leads_to_its_span() -> None:
    assert call_cells(call())["first_token"] == "300\xa0ms"
    assert call_rows([call()], LLM_COLUMNS, PARIS, NOW_NS, link)[0].href == "0a 00f067aa0ba902b7"


def test_a_tool_that_answered_an_error_is_told_from_one_that_failed() -> None:
    returned = call_cells(call(kind="tool", tool_name="search", error="timeout"))
    failed = call_cells(call(kind="tool", tool_name="search", error="timeout", status="error"))
    assert (returned["outcome"], returned["output"]) == ("△ returned", "timeout")
    assert (failed["outcome"], failed["tool"]) == ("▲ failed", "search")
