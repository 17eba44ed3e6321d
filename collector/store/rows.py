"""The rows the writer handles, as plain slotted objects: an ORM object a span would cost four to ten times as much.

`models` declares the same columns as tables; `tests/store/test_models.py` holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class SpanRow:
    """One span, narrow. None means unknown, never 0. Money is in integer nano-dollars, so that sums are exact."""

    project_id: str
    trace_id: str
    """Lower-case hex, 32 characters."""
    span_id: str
    """Lower-case hex, 16 characters."""
    parent_span_id: str | None = None
    name: str
    kind: str = "other"
    """workflow, agent, llm, tool, retriever, embedder, reranker, guardrail, evaluator, transcriber, speaker,
    prompt or other."""
    operation: str | None = None
    """gen_ai.operation.name as sent."""
    span_kind: str = "internal"
    """OpenTelemetry's span kind: internal, server, client, producer or consumer."""
    status: str = "ok"
    """"error" when OpenTelemetry's status code says so, else "ok"."""
    status_message: str | None = None
    start_ns: int
    end_ns: int | None = None
    """None while the span has no end."""
    received_ns: int
    pending: bool = False
    """A placeholder sent at the start of a span (logfire); replaced by the real span, never counted."""
    service: str | None = None
    environment: str | None = None
    scope: str | None = None
    """Name of the instrumentation scope."""
    provider: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    input_tokens: int | None = None
    """Includes cache read and cache write."""
    output_tokens: int | None = None
    """Includes reasoning."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    """The part of cache_write_tokens that is kept for an hour instead of five minutes, and costs more."""
    reasoning_tokens: int | None = None
    input_audio_tokens: int | None = None
    output_audio_tokens: int | None = None
    cost_nusd: int | None = None
    input_cost_nusd: int | None = None
    """The uncached input's part of the cost; None when the cost was reported as one sum."""
    cache_read_cost_nusd: int | None = None
    cache_write_cost_nusd: int | None = None
    output_cost_nusd: int | None = None
    cost_source: str | None = None
    """reported, override or computed; None when the cost is unknown."""
    foreign_cost: str | None = None
    """A cost that was reported in another currency than US dollars, e.g. "0.12 EUR": shown, never summed."""
    price: str | None = None
    """JSON: the rates that were used, where they come from and their date; as it is stored an id, see `span_prices`."""
    counted: bool = False
    """Whether this span's tokens and cost enter sums. Decided for a whole trace by `summary`."""
    excluded_by: str | None = None
    """span_id of the span that is counted instead."""
    excluded_reason: str | None = None
    """pending, counted_in_descendant, same_response, twin or reported_later."""
    tool_name: str | None = None
    tool_call_id: str | None = None
    returned_error: str | None = None
    """What a tool answered as an error under status OK (inferred)."""
    agent_name: str | None = None
    workflow: str | None = None
    version: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: str | None = None
    """JSON list of strings."""
    dimensions: str | None = None
    """JSON object: the promoted dimensions that this span says something about."""
    time_to_first_token_ns: int | None = None
    finish_reason: str | None = None
    """stop, length, tool_call, content_filter, error, or what the client sent."""
    exceptions: str | None = None
    """JSON list of {"type", "message"}, without stack traces."""
    exception_type: str | None = None
    exception_fingerprint: str | None = None
    """Equal for equal errors: of the last exception, else of the error status, else of what a tool returned."""
    arguments_hash: str | None = None
    """Of a tool call: equal for the same arguments."""
    input_preview: str | None = None
    """At most 200 characters of a root, 100 of another span, for roots, workflows, agents, llm and tool spans. A trace
    takes its own from them. As it is stored it may be '': see `left_out`."""
    output_preview: str | None = None
    content_hash: bytes = b""
    payload_id: str | None = field(default=None, compare=False)
    """The payload that holds the span as it was received. None: one of its own, under its span id."""
    payload_start: int | None = field(default=None, compare=False)
    payload_length: int | None = field(default=None, compare=False)
    """Which bytes of it; None for all of them."""


@dataclass(slots=True, kw_only=True)
class PayloadRow:
    """Spans of a trace exactly as received: their protobuf bytes, one after the other, compressed with zstandard."""

    project_id: str
    trace_id: str
    payload_id: str
    """Of its content: the same spans sent again make the same payload."""
    base_id: str | None = None
    """The payload of the trace against which it is compressed."""
    resource_scope_id: bytes
    spans: bytes


@dataclass(slots=True, kw_only=True)
class ResourceScopeRow:
    """The resource and scope that spans were sent under, once for all of them, by content hash."""

    resource_scope_id: bytes
    content: bytes
    """A ResourceSpans message with its ScopeSpans and no spans, compressed with zstandard."""


@dataclass(slots=True, kw_only=True)
class LogRow:
    """A log record that says something about a span: messages, an exception, an evaluation."""

    project_id: str
    trace_id: str
    span_id: str
    log_id: bytes
    """Hash of the record: the same record sent twice is one."""
    event_name: str
    time_ns: int
    received_ns: int
    waiting: bool = True
    """Its span isn't there yet."""
    input_preview: str | None = None
    output_preview: str | None = None
    version: str | None = None
    """Hash of the system prompt, if it holds one."""
    exceptions: str | None = None
    """JSON list of {"type", "message"}, without stack traces."""
    resource_scope_id: bytes = b""
    record: bytes = b""
    """Exactly as received: protobuf bytes, compressed with zstandard."""


@dataclass(slots=True, kw_only=True)
class ScoreRow:
    """A judgement of a trace or a span: a number, a label, or both."""

    project_id: str
    trace_id: str
    score_id: str
    """Unique within the trace; the same id again replaces the score."""
    span_id: str
    """Empty: the whole trace is meant."""
    name: str
    value: float | None = None
    label: str | None = None
    comment: str | None = None
    source: str
    """api, event for gen_ai.evaluation.result, or person for one given in the dashboard."""
    time_ns: int


@dataclass(slots=True, kw_only=True)
class TraceRow:
    """What a trace's spans and their log records add up to. Always a pure function of them (`summary.summarise`)."""

    project_id: str
    trace_id: str
    root_span_id: str | None
    name: str
    workflow: str | None
    service: str | None
    environment: str | None
    version: str | None
    outcome: str
    """ok, recovered, failed, running (its root is pending) or rootless; a rootless trace is read as running
    for 15 minutes after its last span and as incomplete from then on."""
    start_ns: int
    end_ns: int | None
    duration_ns: int | None
    received_ns: int
    """When its last span was received, or what came for one of them an hour later or more."""
    span_count: int
    error_count: int
    llm_calls: int
    tool_calls: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    cost_nusd: int | None
    unpriced_spans: int
    models: str
    """JSON list of strings: those of llm calls first."""
    session_id: str | None
    user_id: str | None
    tags: str
    """JSON list of strings, sorted."""
    dimensions: str | None
    """JSON object of the promoted dimensions: as the root says, else the first span that knows."""
    input_preview: str | None
    output_preview: str | None
    error: str | None
    """"Type: message" of the failure that decides the outcome."""
    revision: int = field(default=0, compare=False)
    """Another number with every change of the trace or its spans: whether it is still what a writer remembers."""
    span_values: str | None
    """See `span_values.span_values`. None for a trace that was stored before there was this."""


@dataclass(slots=True, kw_only=True)
class UsageRow:
    """One line of the ledger: the counted calls of a trace that share quarter-hour, provider, model, agent and
    source of the cost. Every cost report is a sum over these."""

    project_id: str
    trace_id: str
    slot: int
    """Number of the line within its trace: the dimensions may be unknown, and NULL can't be part of a key."""
    quarter_ns: int
    """Start of the quarter-hour in which the calls began."""
    provider: str | None
    model: str | None
    agent_name: str | None
    cost_source: str | None
    workflow: str | None
    service: str | None
    environment: str | None
    version: str | None
    session_id: str | None
    user_id: str | None
    dimensions: str | None
    """As on the trace."""
    calls: int
    errors: int
    unpriced_calls: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    cost_nusd: int | None
    input_cost_nusd: int | None
    cache_read_cost_nusd: int | None
    cache_write_cost_nusd: int | None
    output_cost_nusd: int | None
    sealed_tags: str | None = None
    """The tags of the trace, once retention has taken it: such a line is final. None while it follows its spans."""


@dataclass(slots=True, kw_only=True)
class ErrorGroupRow:
    """All errors with one fingerprint. How often it occurred is counted from the spans, never here."""

    project_id: str
    fingerprint: str
    kind: str
    """exception, status (an error without an exception) or returned (what a tool answered under status OK)."""
    type: str | None
    """Of the exception; of a returned error the tool."""
    message: str | None
    """As the newest span has it."""
    first_seen_ns: int
    """Start of the first span that has it, in the time of the span; first_seen and last_seen are in any order of
    arrival the same."""
    last_seen_ns: int
    trace_id: str
    """The newest span that has it."""
    span_id: str
    created_ns: int
    """When the collector first met it, in the collector's time."""
    state: str = "open"
    """open, known, resolved or reopened."""
    state_ns: int
    """Since when."""
    resolved_ns: int | None = None
    """Spans that began after it reopen a resolved error."""
