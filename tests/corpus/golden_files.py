"""What a recording means, as plain JSON: short enough to read, exact enough to notice any change of meaning."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Engine

from collector.detail import read_detail
from collector.store.reads import spans, traces
from collector.store.records import Message, Part, SpanDetail, TraceSummary
from tests.conftest import SCOPE
from tests.corpus.recordings import Run, spans_of

LENGTH = 160
_OF_A_TRACE = (
    *("name", "workflow", "version", "environment", "outcome", "error", "llm_calls", "tool_calls"),
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
    *("models", "session_id", "user_id", "tags", "input_preview", "output_preview"),
)
_OF_A_SPAN = (
    *("span_id", "parent_span_id", "name", "kind", "operation", "status", "status_message", "scope"),
    *("provider", "request_model", "response_model", "response_id"),
    *("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens"),
    *("counted", "excluded_by", "excluded_reason", "cost_source", "finish_reason", "tool_name", "tool_call_id"),
    *("returned_error", "agent_name", "workflow", "version", "session_id", "user_id", "tags", "pending"),
)


def golden(stored: Engine, run: Run) -> list[dict[str, object]]:
    """The run's traces in the order of their start, each with its spans; what is unknown is left out."""
    trace_ids = {span.trace_id.hex() for span in spans_of(run)}
    summaries = (traces.get_trace(stored, SCOPE, trace_id) for trace_id in trace_ids)
    return [_trace(stored, trace) for trace in sorted(summaries, key=lambda t: (t.start_ns, t.trace_id))]


def _trace(stored: Engine, trace: TraceSummary) -> dict[str, object]:
    found = spans.list_spans(stored, SCOPE, trace.trace_id)
    details = (read_detail(spans.get_span(stored, SCOPE, trace.trace_id, span.span_id)) for span in found)
    unpriced = {"unpriced_spans": trace.unpriced_spans} if trace.unpriced_spans else {}
    return {**_known(asdict(trace), _OF_A_TRACE), **unpriced, "spans": [_span(detail) for detail in details]}


def _span(detail: SpanDetail) -> dict[str, object]:
    record = asdict(detail.record)
    told: dict[str, object] = {
        "reported_cost_usd": record["cost_usd"] if record["cost_source"] == "reported" else None,
        "time_to_first_token": "known" if record["time_to_first_token_ms"] is not None else None,
        "exceptions": [f"{e.type}: {e.message}" for e in detail.exceptions],
        "input": [_message(message) for message in detail.input] or detail.input_text,
        "output": [_message(message) for message in detail.output] or detail.output_text,
        "parameters": sorted(detail.request_parameters),
        "tools": [str(_tool_name(tool)) for tool in detail.tool_definitions],
    }
    return {**_known(record, _OF_A_SPAN), **_known(told, tuple(told))}


def _message(message: Message) -> dict[str, object]:
    return {message.role: [_part(part) for part in message.parts]}


def _part(part: Part) -> str:
    name = f" {part.name}" if part.name else ""
    call = f" [{part.id}]" if part.id else ""
    return f"{part.type}{name}{call}: {part.text}"


def _tool_name(tool: dict[str, object]) -> object:
    function = tool.get("function")
    return tool.get("name") or (function.get("name") if isinstance(function, dict) else None)


def _known(record: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    values = {name: record[name] for name in names}
    return {
        name: _short(value)
        for name, value in values.items()
        if value is not None and value is not False and value not in ((), [])
    }


def _short(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= LENGTH else f"{value[:LENGTH]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list | tuple) else value
