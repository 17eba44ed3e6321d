"""What reads return: frozen records with the names and units of the read API. None means unknown, never 0."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NewType

Scope = NewType("Scope", tuple[str, ...])
"""The project ids the caller may see; the first argument of every read."""


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of time: start_ns <= t < end_ns, in nanoseconds since 1970 UTC."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns

    def before(self, distance_ns: int) -> Period:
        """The period of the same length that lies `distance_ns` earlier."""
        return Period(self.start_ns - distance_ns, self.end_ns - distance_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    trace_id: str
    project: str
    name: str
    workflow: str | None
    service: str | None
    environment: str | None
    version: str | None
    outcome: str
    """ok, recovered, failed, running or incomplete."""
    error: str | None
    """"Type: message" of the failure that decides the outcome."""
    input_preview: str | None
    output_preview: str | None
    start_ns: int
    end_ns: int | None
    duration_ms: float | None
    span_count: int
    error_count: int
    llm_calls: int
    """llm spans without an llm descendant."""
    tool_calls: int
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    total_tokens: int | None
    cost_usd: float | None
    """Sum of the known costs; what is missing from it is counted in unpriced_spans."""
    unpriced_spans: int
    models: tuple[str, ...]
    session_id: str | None
    user_id: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePage:
    traces: tuple[TraceSummary, ...]
    next_cursor: str | None
    """Opaque; None on the last page."""


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
    span: bytes
    """A serialised opentelemetry.proto.trace.v1.Span."""
    resource_scope: bytes
    """A serialised ResourceSpans with one ScopeSpans and no spans."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCounts:
    """How many traces match, and how they ended. Running and incomplete traces are in the total only."""

    total: int = 0
    ok: int = 0
    recovered: int = 0
    failed: int = 0
    running: int = 0
    incomplete: int = 0
    cost_usd: float | None = None
    unpriced_spans: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The figures of one period, all from the same traces."""

    runs: int = 0
    failed: int = 0
    recovered: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cost_usd: float | None = None
    unpriced_spans: int = 0

    @property
    def failed_share(self) -> float | None:
        """Failed runs of all runs, 0 to 1; None without runs."""
        return self.failed / self.runs if self.runs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One step of time on the Home charts."""

    start_ns: int
    length_ns: int
    ok: int = 0
    recovered: int = 0
    failed: int = 0
    other: int = 0
    """Running and incomplete."""
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCost:
    model: str | None
    calls: int
    cost_usd: float | None
    unpriced_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowTotals:
    workflow: str | None
    runs: int
    p95_ms: float | None
    cost_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRun:
    """One failed run as a mark on the duration chart."""

    trace_id: str
    start_ns: int
    duration_ms: float
    workflow: str | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything on Home from one read, so that its figures agree."""

    period: Period
    now: Totals
    before: Totals
    """The same length of time one week earlier (one period earlier when the period is longer than a week)."""
    before_label: str
    """Says what `before` is, e.g. "vs last week"."""
    trend: tuple[Totals, ...]
    """Eight periods of the same length for sparklines: the first is `before`, the last is `now`."""
    buckets: tuple[Bucket, ...]
    models: tuple[ModelCost, ...]
    """Dearest first."""
    workflows: tuple[WorkflowTotals, ...]
    failed_runs: tuple[FailedRun, ...]
    """At most 300, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The values to choose from, most frequent first, at most 50 of each."""

    workflows: tuple[tuple[str, int], ...] = ()
    models: tuple[tuple[str, int], ...] = ()
    services: tuple[tuple[str, int], ...] = ()
    environments: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How recent the data is. `any_spans` tells an empty database from an empty period."""

    any_spans: bool = False
    newest_received_ns: int | None = None
    version: int = 0
    """Grows with every commit that changes spans; caches key on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFilter:
    """Which traces are meant. Empty fields don't filter; fields are joined by AND."""

    period: Period | None = None
    text: str = ""
    """Found in name, workflow, previews, error or, as a prefix of 4 characters or more, the trace id."""
    outcomes: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    tags: tuple[str, ...] = field(default=())
    session_id: str | None = None
    user_id: str | None = None
