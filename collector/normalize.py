"""A received span as msgtrace's narrow row: what kind of step it was, who made it, what it used, what went wrong.

Pure, and deaf to nonsense: no attribute value makes it raise; a value that can't be true is unknown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

import orjson

from collector.exceptions import TYPE_LENGTH, exception_notes, fingerprint, read_exceptions
from collector.message_shapes import finish_of
from collector.messages import raw_messages, with_content
from collector.otlp import ReceivedSpan
from collector.previews import ROOT_LENGTH, STEP_LENGTH, preview_input, preview_output, prompt_version
from collector.returned_errors import LENGTH, returned_error, without_values
from collector.semconv import logfire, openinference, traceloop, vercel
from collector.semconv.index import Fields, kind_by_name, root_kind
from collector.semconv.reading import read_fields
from collector.semconv.values import MAX_NANOSECONDS, NAME_LENGTH, as_text, clean, text
from collector.store.rows import SpanRow
from collector.usage import set_cost, set_usage

STATUS_MESSAGE_LENGTH = 4_096
TOOL_NAME_LENGTH = 256
"""It is indexed, and PostgreSQL refuses an entry of more than 2,704 bytes."""

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
    "cache_write_1h_tokens",
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
_FIRST_TOKEN_EVENTS = {openinference.FIRST_TOKEN_EVENT, *traceloop.CHUNK_EVENTS, vercel.FIRST_CHUNK_EVENT}
_PREVIEWED_KINDS = {"workflow", "agent", "llm", "tool"}
_RESPONSE_ID = re.compile(r'\{\s*"id":\s*"([^"\\]{4,200})"')
_MODEL_KINDS = {"llm", "embedder", "reranker"}
_SPAN_NAME_PREFIXES = ("execute_tool ", "running tool: ", "running tool ")


class Origin(NamedTuple):
    """What the resource and scope say of all their spans. A span's own attributes are asked first."""

    scope: str | None
    service: str | None
    environment: str | None
    version: str | None


def normalize(spans: Sequence[ReceivedSpan], *, project_id: str, received_ns: int) -> list[SpanRow]:
    """A row for each span, without `counted` and, unless the span reported it, without cost.

    A placeholder for a running span (logfire) takes the ids of the span it stands for, so that this replaces it.
    """
    # Each step for all spans before the next one: a processor holds the code of one step at hand, not of all of them.
    one_of_each = {received.resource_scope_id: received for received in spans}
    origins = {scope_id: origin_of(received) for scope_id, received in one_of_each.items()}
    told = [read_fields(received.attributes) for received in spans]
    rows = [
        read_span(received, fields, origins[received.resource_scope_id], project_id=project_id, received_ns=received_ns)
        for received, fields in zip(spans, told, strict=True)
    ]
    for row, received, fields in zip(rows, spans, told, strict=True):
        read_content(row, received, fields)
    return rows


def origin_of(received: ReceivedSpan) -> Origin:
    resource = received.resource
    named, formerly = resource.get("deployment.environment.name"), resource.get("deployment.environment")
    return Origin(
        scope=text(received.scope_name),
        service=text(resource.get("service.name")),
        environment=text(named) or text(formerly),
        version=text(resource.get("service.version")),
    )


def read_span(received: ReceivedSpan, fields: Fields, origin: Origin, *, project_id: str, received_ns: int) -> SpanRow:
    """What the span tells without its messages. Adds the kind to the fields."""
    row = SpanRow(
        project_id=project_id,
        trace_id=received.trace_id,
        span_id=received.span_id,
        parent_span_id=received.parent_span_id or None,
        name=clean(received.name, NAME_LENGTH),
        span_kind=received.span_kind,
        status="error" if received.is_error else "ok",
        status_message=clean(received.status_message, STATUS_MESSAGE_LENGTH) if received.status_message else None,
        start_ns=min(received.start_ns, MAX_NANOSECONDS),
        end_ns=min(received.end_ns, MAX_NANOSECONDS) or None,
        received_ns=received_ns,
        scope=origin.scope,
        service=origin.service,
        environment=origin.environment,
        version=origin.version,
    )
    for field, value in fields.items():
        if field in _AS_READ:
            setattr(row, field, value)
    if fields.get("pending") == logfire.PENDING:
        _stand_in(row, fields)
    set_usage(row, fields)
    set_cost(row, fields)
    row.session_id = row.session_id or fields.get("conversation_id")
    row.kind = fields["kind"] = _kind(row, received, fields)
    _set_names(row, fields)
    if row.kind == "llm" and row.response_id is None:
        row.response_id = _response_id_in(fields.get("output"))
    _set_time_to_first_token(row, received, fields)
    if received.is_error or received.events or "error_level" in fields:
        _set_exceptions(row, received, fields)
    return row


def read_content(row: SpanRow, received: ReceivedSpan, fields: Fields) -> None:
    """The little that a list needs to know of what went in and came out; the rest is read from the stored span when
    it is looked at."""
    fields = with_content(received.attributes, received.events, fields)
    if row.kind == "tool" and row.status == "ok" and row.returned_error is None:
        row.returned_error = returned_error(fields)
    _set_call(row, fields)
    if row.kind not in _PREVIEWED_KINDS and row.parent_span_id is not None:
        return
    sent, answered = raw_messages(received.attributes, received.events, fields)
    length = STEP_LENGTH if row.parent_span_id else ROOT_LENGTH
    row.input_preview = preview_input(sent, fields, length)
    row.output_preview = preview_output(answered, fields, length)
    if row.finish_reason is None and row.kind == "llm":
        row.finish_reason = next(filter(None, map(finish_of, answered)), None)
    if row.version is None and row.kind == "llm":
        row.version = prompt_version(sent)


def _stand_in(row: SpanRow, fields: Fields) -> None:
    row.pending = True
    row.end_ns = None
    if row.parent_span_id:
        row.span_id = row.parent_span_id
        parent = fields.get("pending_parent_id", "").lower()
        row.parent_span_id = parent if len(parent) == 16 and parent.strip("0") else None


def _kind(row: SpanRow, received: ReceivedSpan, fields: Fields) -> str:
    told = fields.get("kind")
    if told == "llm" and row.name.endswith(openinference.PREPARATION):
        return "other"
    if told == "agent" and row.parent_span_id is None and row.scope == openinference.AGENTS_SCOPE:
        return "agent" if row.agent_name else "workflow"
    return told or _inferred_kind(row, received, fields)


def _inferred_kind(row: SpanRow, received: ReceivedSpan, fields: Fields) -> str:
    """For a span that does not name its kind. An agent's name says nothing: it stands on children as context."""
    if named := kind_by_name(received.scope_name, received.name):
        return named
    if "tool_name" in fields or "tool_call_id" in fields:
        return "tool"
    has_model = row.request_model is not None or row.response_model is not None
    if has_model and (row.input_tokens is not None or row.output_tokens is not None):
        return "llm"
    if fields.get("flow") == "flow":
        return "workflow"
    if row.agent_name is not None and row.agent_name == row.name:
        return "agent"
    return (row.parent_span_id is None and root_kind(received.attributes)) or "other"


def _set_names(row: SpanRow, fields: Fields) -> None:
    entity = fields.get("entity_name")
    if row.kind == "tool":
        row.tool_name = (row.tool_name or entity or _tool_of(row.name) or "")[:TOOL_NAME_LENGTH] or None
    elif row.kind == "agent":
        row.agent_name = row.agent_name or entity or fields.get("node_name")
    elif row.kind == "workflow":
        row.workflow = row.workflow or entity or _crew(row.name)
    elif row.kind in _MODEL_KINDS:
        row.request_model = row.request_model or fields.get("entity_model")
    if found := fields.get("tags"):
        row.tags = orjson.dumps(found).decode()


def _crew(span_name: str) -> str | None:
    unnamed = openinference.UNNAMED_CREW.fullmatch(span_name)
    return unnamed[1] if unnamed else None


def _response_id_in(output: object) -> str | None:
    """OpenInference keeps it in the response alone."""
    found = _RESPONSE_ID.match(output) if isinstance(output, str) else None
    return clean(found[1], NAME_LENGTH) if found else None


def _tool_of(span_name: str) -> str | None:
    for prefix in _SPAN_NAME_PREFIXES:
        span_name = span_name.removeprefix(prefix)
    return text(span_name)


def _set_time_to_first_token(row: SpanRow, received: ReceivedSpan, fields: Fields) -> None:
    """Discarded when it is longer than the span itself."""
    found = fields.get("time_to_first_token_ns")
    if found is None:
        first = fields.get("first_token_ns")
        if first is None and received.events:
            first = min((e.time_ns for e in received.events if e.name in _FIRST_TOKEN_EVENTS), default=None)
        found = None if first is None else first - row.start_ns
    if (
        found is not None
        and 0 <= found <= MAX_NANOSECONDS
        and (row.end_ns is None or found <= row.end_ns - row.start_ns)
    ):
        row.time_to_first_token_ns = found


def _set_exceptions(row: SpanRow, received: ReceivedSpan, fields: Fields) -> None:
    """An error without an exception event still gets a type, where the client named one, and a fingerprint.

    What a client calls an error under another status than OpenTelemetry's is only marked.
    """
    said = fields.get("error_message")
    if received.is_error and row.status_message is None:
        row.status_message = said and clean(said, STATUS_MESSAGE_LENGTH)
    elif not received.is_error and "error_level" in fields:
        row.returned_error = clean(said or row.name, LENGTH)
    exceptions = read_exceptions(received.events) if received.events else []
    if exceptions:
        row.exceptions = orjson.dumps(exception_notes(exceptions)).decode()
        last = exceptions[-1]
        row.exception_type = clean(last.type, TYPE_LENGTH) if last.type else None
        row.exception_fingerprint = fingerprint(last.type, last.message, last.stacktrace)
    elif received.is_error:
        row.exception_type = fields.get("error_type")
        row.exception_fingerprint = fingerprint(row.exception_type, row.status_message, None)


def _set_call(row: SpanRow, fields: Fields) -> None:
    """What tells equal calls of a tool, and equal errors that tools returned."""
    arguments = fields.get("input")
    if row.kind == "tool" and arguments is not None:
        content = as_text(arguments).encode("utf-8", "replace")
        row.arguments_hash = hashlib.blake2b(content, digest_size=8).hexdigest()
    if row.returned_error is not None and row.exception_fingerprint is None:
        said = without_values(row.returned_error, arguments)
        row.exception_fingerprint = fingerprint(f"returned by {row.tool_name or row.name}", said, None)
