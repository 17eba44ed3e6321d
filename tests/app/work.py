"""Records of errors, agents, tools, sessions and users, with what a test doesn't care about filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from collector.store.records import (
    AgentReport,
    AgentStats,
    Calls,
    ErrorGroup,
    ExceptionRecord,
    Loop,
    SessionSummary,
    SpanDetail,
    SpanRecord,
    ToolCall,
    ToolStats,
    Turn,
    UserRun,
    UserSummary,
)
from tests.analysis.spans import make_span
from tests.app import samples
from tests.app.samples import HOUR_NS, NOW_NS


def error_group(**changes: Any) -> ErrorGroup:
    usual = ErrorGroup(
        project="default",
        fingerprint="0c471335829fb71f",
        kind="exception",
        type="SchemaError",
        message="total_net is not a number",
        state="new",
        state_ns=NOW_NS - HOUR_NS,
        first_seen_ns=NOW_NS - HOUR_NS,
        last_seen_ns=NOW_NS,
        runs=5,
        spans=15,
        workflows=(("invoice.extract", 5),),
        trend=(0, 2, 3),
        trace_id="a" * 32,
        span_id="b" * 16,
    )
    return replace(usual, **changes)


def tool_span(**changes: Any) -> SpanRecord:
    return replace(make_span("b" * 16, kind="tool", name="execute_tool search", tool_name="search"), **changes)


def detail(**changes: Any) -> SpanDetail:
    usual = SpanDetail(
        record=tool_span(status="error"),
        input=(),
        output=(),
        input_text='{"query": "refund"}',
        output_text=None,
        request_parameters={},
        tool_definitions=(),
        attributes={},
        resource={},
        scope_name=None,
        scope_version=None,
        events=(),
        links=(),
        exceptions=(ExceptionRecord(type="SchemaError", message="m", stacktrace="File x, line 1", time_ns=1),),
    )
    return replace(usual, **changes)


def report(**changes: Any) -> AgentReport:
    usual = AgentReport(agents=(agent(),), tools=(tool(),), loops=(loop(),))
    return replace(usual, **changes)


def agent(**changes: Any) -> AgentStats:
    usual = AgentStats(
        agent_name="researcher",
        now=Calls(count=40, failed=4, p50_ms=2000.0, p95_ms=9000.0),
        before=Calls(count=20, failed=1, p50_ms=2000.0, p95_ms=6000.0),
        trend=(10, 30),
        looping_runs=1,
        model_calls=100,
        total_tokens=12_000,
        cost_usd=None,
        unpriced_calls=3,
    )
    return replace(usual, **changes)


def tool(**changes: Any) -> ToolStats:
    usual = ToolStats(
        tool_name="search",
        now=Calls(count=200, failed=10, returned_errors=10, p50_ms=100.0, p95_ms=300.0),
        before=Calls(count=100, failed=5, returned_errors=0, p50_ms=100.0, p95_ms=400.0),
        trend=(100, 100),
    )
    return replace(usual, **changes)


def loop(**changes: Any) -> Loop:
    usual = Loop(
        trace_id="a" * 32, span_id="b" * 16, tool_name="search", agent_name="researcher", calls=6, start_ns=NOW_NS
    )
    return replace(usual, **changes)


def call(**changes: Any) -> ToolCall:
    return replace(ToolCall(span=tool_span(), arguments='{"query": "refund"}', result="3 articles"), **changes)


def session(**changes: Any) -> SessionSummary:
    usual = SessionSummary(
        session_id="chat-1",
        user_id="ana",
        first_ns=NOW_NS - HOUR_NS,
        last_ns=NOW_NS,
        turns=1,
        failed=0,
        recovered=0,
        workflows=("support-bot.answer",),
        total_tokens=1352,
        cost_usd=0.0234,
        unpriced_spans=0,
    )
    return replace(usual, **changes)


def turn(**changes: Any) -> Turn:
    return replace(Turn(trace=samples.summary(), asked="Where is my parcel?", answered="In Porto."), **changes)


def user(**changes: Any) -> UserSummary:
    usual = UserSummary(
        user_id="ana",
        first_ns=NOW_NS - HOUR_NS,
        last_ns=NOW_NS,
        runs=3,
        sessions=2,
        failed=1,
        recovered=0,
        total_tokens=1352,
        cost_usd=0.5,
        unpriced_spans=0,
    )
    return replace(usual, **changes)


def user_run(**changes: Any) -> UserRun:
    return replace(UserRun(start_ns=NOW_NS, session_id="chat-1", outcome="ok", cost_usd=0.1), **changes)
