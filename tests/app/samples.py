"""Records as reads would return them, with what a test doesn't care about filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from collector.store.records import (
    Bucket,
    Call,
    FailedRun,
    ModelCost,
    Overview,
    Period,
    Totals,
    TraceSummary,
    WorkflowTotals,
)

HOUR_NS = 3_600_000_000_000
NOW_NS = 1_795_359_600_000_000_000
"""2026-11-22 15:00:00 UTC."""

HOSTILE = "![x](http://evil.example/p.png) <img src=x onerror=alert(1)> **b** :red[r] $x^2$ :smile: www.evil.example"


def summary(**changes: Any) -> TraceSummary:
    usual = TraceSummary(
        trace_id="0af7651916cd43dd8448eb211c80319c",
        project="default",
        name="invoke_agent",
        workflow="support-bot.answer",
        service="shop",
        environment="prod",
        version=None,
        outcome="ok",
        error=None,
        input_preview="Where is my parcel?",
        output_preview="It left Porto at 10:07.",
        start_ns=NOW_NS - HOUR_NS,
        end_ns=NOW_NS - HOUR_NS + 2_120_000_000,
        duration_ms=2120.0,
        span_count=8,
        error_count=0,
        llm_calls=2,
        tool_calls=1,
        input_tokens=1000,
        output_tokens=352,
        cache_read_tokens=None,
        cache_write_tokens=None,
        reasoning_tokens=None,
        total_tokens=1352,
        cost_usd=0.0234,
        unpriced_spans=0,
        models=("gpt-5-mini",),
        session_id=None,
        user_id=None,
        tags=(),
    )
    return replace(usual, **changes)


def call(**changes: Any) -> Call:
    usual = Call(
        project="default",
        trace_id="0af7651916cd43dd8448eb211c80319c",
        span_id="00f067aa0ba902b7",
        name="chat gpt-5-mini",
        kind="llm",
        status="ok",
        error=None,
        workflow="support-bot.answer",
        tool_name=None,
        model="gpt-5-mini",
        provider="openai",
        start_ns=NOW_NS - HOUR_NS,
        duration_ms=1620.0,
        time_to_first_token_ms=300.0,
        input_tokens=1000,
        output_tokens=352,
        total_tokens=1352,
        cost_usd=0.0234,
        input_preview="Where is my parcel?",
        output_preview="It left Porto at 10:07.",
    )
    return replace(usual, **changes)


def failed_run(error: str | None, start_ns: int = NOW_NS, **changes: Any) -> FailedRun:
    usual = FailedRun(trace_id="f" * 32, start_ns=start_ns, duration_ms=1500.0, workflow="rag.query", error=error)
    return replace(usual, **changes)


def totals(**changes: Any) -> Totals:
    usual = Totals(
        runs=940,
        failed=54,
        recovered=28,
        p50_ms=2160.0,
        p95_ms=9900.0,
        input_tokens=7_000_000,
        output_tokens=780_000,
        total_tokens=7_780_000,
        cost_usd=14.72,
    )
    return replace(usual, **changes)


def overview(**changes: Any) -> Overview:
    now = totals()
    before = totals(runs=880, failed=45, p50_ms=2040.0, p95_ms=8900.0, total_tokens=7_070_000, cost_usd=13.75)
    start_ns = NOW_NS - 24 * HOUR_NS
    usual = Overview(
        period=Period(start_ns, NOW_NS),
        now=now,
        before=before,
        before_label="vs last week",
        trend=(before, *(totals(runs=runs) for runs in (890, 900, 905, 910, 920, 930)), now),
        buckets=(
            Bucket(start_ns=start_ns, length_ns=HOUR_NS, ok=5, failed=2, recovered=1, p50_ms=2000.0, p95_ms=9000.0),
            Bucket(start_ns=start_ns + HOUR_NS, length_ns=HOUR_NS),
            Bucket(start_ns=start_ns + 2 * HOUR_NS, length_ns=HOUR_NS, ok=3, other=1, p50_ms=2100.0, p95_ms=9500.0),
        ),
        models=(
            ModelCost(model="claude-sonnet-4-5", calls=900, cost_usd=10.21, unpriced_calls=0),
            ModelCost(model="gpt-5", calls=400, cost_usd=4.51, unpriced_calls=0),
            ModelCost(model="llama-3.3-70b", calls=26, cost_usd=None, unpriced_calls=26),
        ),
        workflows=(
            WorkflowTotals(workflow="support-bot.answer", runs=500, p95_ms=4400.0, cost_usd=2.23),
            WorkflowTotals(workflow="research-agent.run", runs=131, p95_ms=21_700.0, cost_usd=6.94),
        ),
        failed_runs=(
            failed_run("ToolTimeout: http.get gave no answer", NOW_NS - 60, trace_id="a" * 32),
            failed_run("SchemaError: total_net is not a number", NOW_NS - 90, trace_id="b" * 32),
            failed_run("ToolTimeout: db.query gave no answer", NOW_NS - 80, trace_id="c" * 32, workflow=None),
        ),
    )
    return replace(usual, **changes)
