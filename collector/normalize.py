"""A received span as msgtrace's narrow row: what kind of step it was, who made it, what it used, what went wrong.

Pure, and deaf to nonsense: no attribute value makes it raise; a value that can't be true is unknown.
"""

from __future__ import annotations

import re

import orjson

from collector.exceptions import TYPE_LENGTH, exception_notes, fingerprint, read_exceptions
from collector.messages import raw_input, raw_output
from collector.otlp import ReceivedSpan
from collector.previews import preview_input, preview_output, prompt_version
from collector.returned_errors import returned_error
from collector.semconv import logfire, openinference, traceloop, vercel
from collector.semconv.index import Fields, read_fields, root_kind
from collector.semconv.values import MAX_COUNT, MAX_NANOSECONDS, NAME_LENGTH, clean, identifier, json_value, text
from collector.store.rows import SpanRow

STATUS_MESSAGE_LENGTH = 4_096

_AS_READ = {
    "operation",
    "provider",
    "request_model",
    "response_model",
    "response_id",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "input_audio_tokens",
    "output_audio_tokens",
    "tool_name",
    "tool_call_id",
    "agent_name",
    "workflow",
    "version",
    "environment",
    "session_id",
    "user_id",
    "finish_reason",
}
"""Fields that become the column of the same name."""
_FIRST_TOKEN_EVENTS = {openinference.FIRST_TOKEN_EVENT, traceloop.CHUNK_EVENT, vercel.FIRST_CHUNK_EVENT}
_PREVIEWED_KINDS = {"workflow", "agent", "llm"}
_RESPONSE_ID = re.compile(r'\{\s*"id":\s*"([^"\\]{4,200})"')
_SPAN_NAME_PREFIXES = ("execute_tool ", "running tool: ", "running tool ")


def normalize(received: ReceivedSpan, *, project_id: str, received_ns: int) -> SpanRow:
    """The span's row without `counted` and, unless the span reported it, without cost.

    A placeholder for a running span (logfire) takes the ids of the span it stands for, so that this replaces it.
    """
    fields = read_fields(received.attributes)
    row = SpanRow(
        project_id=project_id,
        trace_id=received.trace_id,
        span_id=received.span_id,
        parent_span_id=received.parent_span_id or None,
        name=clean(received.name, NAME_LENGTH),
        span_kind=received.span_kind,
        status="error" if received.is_error else "ok",
        status_message=clean(received.status_message, STATUS_MESSAGE_LENGTH) or None,
        start_ns=min(received.start_ns, MAX_NANOSECONDS),
        end_ns=min(received.end_ns, MAX_NANOSECONDS) or None,
        received_ns=received_ns,
        scope=text(received.scope_name),
    )
    for field, value in fields.items():
        if field in _AS_READ:
            setattr(row, field, value)
    if fields.get("pending") == logfire.PENDING:
        _stand_in(row, fields)
    _set_usage(row, fields)
    _set_cost(row, fields)
    row.kind = fields.get("kind") or _inferred_kind(row, received, fields)
    _set_names(row, fields)
    _set_response_id(row, fields)
    _set_people(row, fields)
    _set_origin(row, received)
    _set_time_to_first_token(row, received, fields)
    _set_exceptions(row, received, fields)
    _set_content(row, received, fields)
    return row


def _stand_in(row: SpanRow, fields: Fields) -> None:
    row.pending = True
    row.end_ns = None
    if row.parent_span_id:
        row.span_id = row.parent_span_id
        parent = fields.get("pending_parent_id", "").lower()
        row.parent_span_id = parent if len(parent) == 16 and parent.strip("0") else None


def _inferred_kind(row: SpanRow, received: ReceivedSpan, fields: Fields) -> str:
    """For a span that does not name its kind. An agent's name says nothing: it stands on children as context."""
    if "tool_name" in fields or "tool_call_id" in fields:
        return "tool"
    has_model = row.request_model is not None or row.response_model is not None
    if has_model and (row.input_tokens is not None or row.output_tokens is not None):
        return "llm"
    if fields.get("flow") == "flow":
        return "workflow"
    return (row.parent_span_id is None and root_kind(received.attributes)) or "other"


def _set_usage(row: SpanRow, fields: Fields) -> None:
    """Input contains cache reads and writes; a client whose parts exceed the whole sent it without them."""
    sent, received = row.input_tokens, row.output_tokens
    cached = (row.cache_read_tokens or 0) + (row.cache_write_tokens or 0)
    if sent is not None and cached > sent:
        sent = sent + cached if sent + cached <= MAX_COUNT else None
    total = fields.get("total_tokens")
    if total is not None:
        if sent is None and received is not None and total >= received:
            sent = total - received
        elif received is None and sent is not None and total >= sent:
            received = total - sent
    row.input_tokens, row.output_tokens = sent, received


def _set_cost(row: SpanRow, fields: Fields) -> None:
    """A cost in another currency than US dollars can't be summed, so it stays unknown."""
    if fields.get("currency", "USD").upper() != "USD":
        return
    sent, received = fields.get("input_cost_nusd"), fields.get("output_cost_nusd")
    parts = (sent or 0) + (received or 0)
    total = fields.get("cost_nusd") or parts
    if not total or total > MAX_NANOSECONDS:
        return
    row.cost_nusd = total
    row.cost_source = "reported"
    if parts == total:
        row.input_cost_nusd, row.output_cost_nusd = sent or 0, received or 0


def _set_names(row: SpanRow, fields: Fields) -> None:
    entity = fields.get("entity_name")
    if row.kind == "tool":
        row.tool_name = row.tool_name or entity or _tool_of(row.name)
    elif row.kind == "agent":
        row.agent_name = row.agent_name or entity


def _set_response_id(row: SpanRow, fields: Fields) -> None:
    """OpenInference keeps it in the response alone."""
    output = fields.get("output")
    if row.response_id is None and row.kind == "llm" and isinstance(output, str):
        found = _RESPONSE_ID.match(output)
        row.response_id = clean(found[1], NAME_LENGTH) if found else None


def _tool_of(span_name: str) -> str | None:
    for prefix in _SPAN_NAME_PREFIXES:
        span_name = span_name.removeprefix(prefix)
    return text(span_name)


def _set_people(row: SpanRow, fields: Fields) -> None:
    if found := fields.get("tags"):
        row.tags = orjson.dumps(found).decode()
    if "metadata" in fields and (row.session_id is None or row.user_id is None):
        metadata = fields["metadata"]
        known = json_value(metadata) if isinstance(metadata, str) else metadata
        if isinstance(known, dict):
            names = (known.get(name) for name in ("session_id", "thread_id", "conversation_id"))
            row.session_id = row.session_id or next(filter(None, map(identifier, names)), None)
            row.user_id = row.user_id or identifier(known.get("user_id"))


def _set_origin(row: SpanRow, received: ReceivedSpan) -> None:
    resource = received.resource
    row.service = text(resource.get("service.name"))
    row.environment = (
        row.environment
        or text(resource.get("deployment.environment.name"))
        or text(resource.get("deployment.environment"))
    )
    row.version = row.version or text(resource.get("service.version"))


def _set_time_to_first_token(row: SpanRow, received: ReceivedSpan, fields: Fields) -> None:
    """Discarded when it is longer than the span itself."""
    found = fields.get("time_to_first_token_ns")
    if found is None and received.events:
        first = min((e.time_ns for e in received.events if e.name in _FIRST_TOKEN_EVENTS), default=None)
        found = None if first is None else first - row.start_ns
    if (
        found is not None
        and 0 <= found <= MAX_NANOSECONDS
        and (row.end_ns is None or found <= row.end_ns - row.start_ns)
    ):
        row.time_to_first_token_ns = found


def _set_exceptions(row: SpanRow, received: ReceivedSpan, fields: Fields) -> None:
    """An error without an exception event still gets a type, where the client named one, and a fingerprint."""
    exceptions = read_exceptions(received.events) if received.events else []
    if exceptions:
        row.exceptions = orjson.dumps(exception_notes(exceptions)).decode()
        last = exceptions[-1]
        row.exception_type = clean(last.type, TYPE_LENGTH) if last.type else None
        row.exception_fingerprint = fingerprint(last.type, last.message, last.stacktrace)
    elif received.is_error:
        row.exception_type = fields.get("error_type")
        row.exception_fingerprint = fingerprint(row.exception_type, received.status_message, None)


def _set_content(row: SpanRow, received: ReceivedSpan, fields: Fields) -> None:
    if row.kind == "tool" and row.status == "ok":
        row.returned_error = returned_error(fields)
    if row.kind not in _PREVIEWED_KINDS and row.parent_span_id is not None:
        return
    sent = raw_input(received.attributes, received.events, fields)
    row.input_preview = preview_input(sent, fields)
    row.output_preview = preview_output(raw_output(received.attributes, received.events, fields), fields)
    if row.version is None and row.kind == "llm":
        row.version = prompt_version(sent)
