"""A span as it is read: its facts, its payload, and what the payload says."""

from __future__ import annotations

from dataclasses import dataclass

from collector.store.records.scores import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionNote:
    """An exception of a span without its stack trace, which stands in the span's own answer."""

    type: str | None
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRecord:
    """A span without its payload. Depth and self time are not facts of a span but of a tree: `analysis.tree`."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    kind: str
    operation: str | None
    span_kind: str
    status: str
    status_message: str | None
    start_ns: int
    end_ns: int | None
    duration_ms: float | None
    """None without an end, or with an end before the start."""
    service: str | None
    environment: str | None
    scope: str | None
    provider: str | None
    request_model: str | None
    response_model: str | None
    response_id: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    counted: bool
    excluded_by: str | None
    excluded_reason: str | None
    cost_usd: float | None
    input_cost_usd: float | None
    cache_read_cost_usd: float | None
    cache_write_cost_usd: float | None
    output_cost_usd: float | None
    cost_source: str | None
    price: dict[str, object] | None
    """The rates that were used, where they come from and their date."""
    time_to_first_token_ms: float | None
    finish_reason: str | None
    tool_name: str | None
    tool_call_id: str | None
    returned_error: str | None
    agent_name: str | None
    workflow: str | None
    version: str | None
    session_id: str | None
    user_id: str | None
    tags: tuple[str, ...]
    exceptions: tuple[ExceptionNote, ...]
    pending: bool
    received_ns: int


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """A span with its payload as bytes, decompressed: OTLP messages that `collector.detail` reads."""

    record: SpanRecord
    span: bytes | None
    """A serialised opentelemetry.proto.trace.v1.Span; None when it is no longer kept."""
    resource_scope: bytes
    """A serialised ResourceSpans with one ScopeSpans and no spans."""
    logs: tuple[bytes, ...] = ()
    """Serialised opentelemetry.proto.logs.v1.LogRecords that joined the span, by time."""
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a message. `type` says which of the other fields are set."""

    type: str
    """text, reasoning, tool_call, tool_result, image, audio, file or other."""
    text: str | None = None
    """The text; a tool call's arguments or a result as JSON or text; a media reference (URI or "inline")."""
    name: str | None = None
    """Of the tool, for tool_call and tool_result."""
    id: str | None = None
    """Of the tool call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: str
    """system, user, assistant, tool, or what the client sent."""
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRecord:
    type: str | None
    message: str | None
    stacktrace: str | None
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanEvent:
    name: str
    time_ns: int
    attributes: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanLink:
    trace_id: str
    span_id: str
    attributes: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanDetail:
    """Everything that is known of one span; built from a StoredSpan by `collector.detail`."""

    record: SpanRecord
    input: tuple[Message, ...]
    """What went in as messages; empty when the span carries none."""
    output: tuple[Message, ...]
    input_text: str | None
    """What went in when it is not messages: a tool's arguments, a workflow's input. JSON or text, whole."""
    output_text: str | None
    request_parameters: dict[str, object]
    tool_definitions: tuple[dict[str, object], ...]
    """The tools that were offered to a model."""
    attributes: dict[str, object]
    """As sent, whole."""
    resource: dict[str, object]
    scope_name: str | None
    scope_version: str | None
    events: tuple[SpanEvent, ...]
    links: tuple[SpanLink, ...]
    exceptions: tuple[ExceptionRecord, ...]
    scores: tuple[Score, ...] = ()
    content_removed: bool = False
    """True once retention took what the span was sent as: only its record is known then."""
