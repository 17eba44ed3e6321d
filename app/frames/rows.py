"""Traces and calls as rows of text for a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType

from app.format import clock, count, cut, duration, local, money, one_line
from app.frames.listing import Column, Row
from app.theme import OUTCOME_MARKS
from collector.store.records import Call, TraceSummary

MAX_CELL = 400
_DAY_NS = 24 * 3600 * 10**9

Link = Callable[[str, str | None], str]
"""(trace_id, span_id) -> the address of its page."""


TRACE_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        column.id: column
        for column in (
            Column(
                id="outcome",
                label="Outcome",
                help="How the run ended. A dot: ok. Recovered: something inside failed, the root did not.",
                width=90,
                sort="outcome",
                first="up",
            ),
            Column(id="started", label="Started", help="In your time zone.", width=100, sort="start_ns"),
            Column(
                id="workflow",
                label="Workflow",
                help="The workflow, or the name of the root span.",
                width=178,
                grows=True,
                opens=True,
                sort="workflow",
                first="up",
            ),
            Column(id="input", label="Input", help="What went in.", width=218, grows=True),
            Column(id="output", label="Output", help="What came out, or the error.", width=240, grows=True),
            Column(id="model", label="Model", help="Every model that answered.", width=136, grows=True),
            Column(
                id="duration_ms",
                label="Duration",
                help="From the first span's start to the last span's end.",
                width=86,
                right=True,
                sort="duration_ms",
            ),
            Column(
                id="tokens",
                label="Tokens",
                help="Input and output of all counted model calls.",
                width=84,
                right=True,
                sort="total_tokens",
            ),
            Column(id="cost_usd", label="Cost", help="Sum of the known costs.", width=84, right=True, sort="cost_usd"),
        )
    }
)
"""Every column of a list of traces, by id."""


def trace_rows(
    traces: Sequence[TraceSummary], columns: Sequence[Column], zone: tzinfo, now_ns: int, link: Link
) -> list[Row]:
    """One row a trace, in the given order. Unknown is said to be unknown, never 0."""
    recent = all(now_ns - trace.start_ns < _DAY_NS for trace in traces)
    return [
        Row(
            id=trace.trace_id,
            href=link(trace.trace_id, None),
            tone=trace.outcome,
            label=f"{cut(trace.workflow or trace.name, 80)}, {trace.outcome}, {started(trace.start_ns, zone, False)}",
            cells=tuple(_trace_cell(trace, column.id, zone, recent) for column in columns),
        )
        for trace in traces
    ]


def _trace_cell(trace: TraceSummary, column: str, zone: tzinfo, recent: bool) -> str:
    match column:
        case "outcome":
            return outcome_text(trace.outcome)
        case "started":
            return started(trace.start_ns, zone, recent)
        case "workflow":
            return one_line(trace.workflow or trace.name)
        case "input":
            return preview(trace.input_preview)
        case "output":
            return preview(trace.error or trace.output_preview if trace.outcome == "failed" else trace.output_preview)
        case "model":
            return ", ".join(one_line(model) for model in trace.models)
        case "duration_ms":
            return duration(trace.duration_ms)
        case "tokens":
            return count(trace.total_tokens)
        case "cost_usd":
            return money(trace.cost_usd)
    raise KeyError(column)


LLM_COLUMNS = (
    Column(id="outcome", label="Status", help="A dot: ok. Else the call failed.", width=76),
    Column(id="started", label="Started", help="In your time zone.", width=100, sort="start_ns"),
    Column(id="model", label="Model", help="The model that answered.", width=120, grows=True, opens=True),
    Column(id="workflow", label="Workflow", help="The workflow that the call belongs to.", width=110, grows=True),
    Column(id="input", label="Input", help="The last message that went in.", width=210, grows=True),
    Column(id="output", label="Output", help="What the model answered, or the error.", width=230, grows=True),
    Column(id="first_token", label="First token", help="Time to the first token.", width=92, right=True,
           sort="time_to_first_token_ms"),
    Column(id="duration_ms", label="Duration", help="Of this call.", width=88, right=True, sort="duration_ms"),
    Column(id="tokens", label="Tokens", help="Input and output of this call.", width=82, right=True,
           sort="total_tokens"),
    Column(id="cost_usd", label="Cost", help="Unknown where the model has no price.", width=80, right=True,
           sort="cost_usd"),
)  # fmt: skip
TOOL_COLUMNS = (
    Column(id="outcome", label="Status", help="A dot: ok. Returned error: ended well, but answered an error.",
           width=76),
    Column(id="started", label="Started", help="In your time zone.", width=100, sort="start_ns"),
    Column(id="tool", label="Tool", help="The tool's name.", width=120, grows=True, opens=True),
    Column(id="workflow", label="Workflow", help="The workflow that the call belongs to.", width=110, grows=True),
    Column(id="input", label="Arguments", help="What the tool was called with.", width=240, grows=True),
    Column(id="output", label="Result", help="What it answered, or the error.", width=260, grows=True),
    Column(id="duration_ms", label="Duration", help="Of this call.", width=88, right=True, sort="duration_ms"),
)  # fmt: skip


def call_rows(calls: Sequence[Call], columns: Sequence[Column], zone: tzinfo, now_ns: int, link: Link) -> list[Row]:
    """One row a call, in the given order."""
    recent = all(now_ns - call.start_ns < _DAY_NS for call in calls)
    return [
        Row(
            id=f"{call.trace_id}-{call.span_id}",
            href=link(call.trace_id, call.span_id),
            tone=_tone(call),
            label=f"{cut(call.tool_name or call.model or call.name, 80)}, {started(call.start_ns, zone, False)}",
            cells=tuple(_call_cell(call, column.id, zone, recent) for column in columns),
        )
        for call in calls
    ]


def _tone(call: Call) -> str:
    if call.status == "error":
        return "failed"
    return "recovered" if call.error else "ok"


def _call_cell(call: Call, column: str, zone: tzinfo, recent: bool) -> str:
    match column:
        case "outcome":
            return {"ok": OUTCOME_MARKS["ok"], "failed": outcome_text("failed")}.get(_tone(call), "△ returned")
        case "started":
            return started(call.start_ns, zone, recent)
        case "model":
            return one_line(call.model or call.name)
        case "tool":
            return one_line(call.tool_name or call.name)
        case "workflow":
            return one_line(call.workflow or "")
        case "input":
            return preview(call.input_preview)
        case "output":
            return preview(call.error or call.output_preview)
        case "first_token":
            return "" if call.time_to_first_token_ms is None else duration(call.time_to_first_token_ms)
        case "duration_ms":
            return duration(call.duration_ms)
        case "tokens":
            return count(call.total_tokens)
        case "cost_usd":
            return money(call.cost_usd)
    raise KeyError(column)


def outcome_text(outcome: str) -> str:
    """Quiet for ok, a word for the others."""
    mark = OUTCOME_MARKS.get(outcome, "")
    return mark if outcome == "ok" else f"{mark} {outcome}"


def started(ns: int, zone: tzinfo, recent: bool) -> str:
    if recent:
        return clock(ns, zone)
    then = local(ns, zone)
    return f"{then.day} {then:%b %H:%M}"


def preview(text: str | None) -> str:
    return cut(text, MAX_CELL) if text else ""
