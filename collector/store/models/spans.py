"""Spans, what came with them, and the log records that belong to them."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, Text
from sqlmodel import Field

from collector.store.models.base import Table, partial_index

HAS_ERROR = "exception_fingerprint IS NOT NULL"
IS_AGENT = "kind = 'agent'"
IS_TOOL = "kind = 'tool'"


class Span(Table, table=True):
    """No index begins with an id that is random for every span: at two million spans two of them made a commit three
    times as dear. The search index, which is filled behind the writers, leads to such ids."""

    __tablename__ = "span"
    __table_args__ = (
        partial_index("span_by_error", "project_id", "exception_fingerprint", "start_ns", "trace_id", where=HAS_ERROR),
        partial_index("span_of_agent", "project_id", "start_ns", where=IS_AGENT),
        partial_index("span_by_tool", "project_id", "tool_name", "start_ns", where=IS_TOOL),
        partial_index("span_llm_calls", "project_id", "start_ns", "trace_id", "span_id", where="kind = 'llm'"),
        partial_index("span_tool_calls", "project_id", "start_ns", "trace_id", "span_id", where="kind = 'tool'"),
    )

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    span_id: str = Field(primary_key=True, sa_type=Text)
    parent_span_id: str | None = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    operation: str | None = Field(sa_type=Text)
    span_kind: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    status_message: str | None = Field(sa_type=Text)
    start_ns: int = Field(sa_type=BigInteger)
    end_ns: int | None = Field(sa_type=BigInteger)
    received_ns: int = Field(sa_type=BigInteger)
    pending: bool
    service: str | None = Field(sa_type=Text)
    environment: str | None = Field(sa_type=Text)
    scope: str | None = Field(sa_type=Text)
    provider: str | None = Field(sa_type=Text)
    request_model: str | None = Field(sa_type=Text)
    response_model: str | None = Field(sa_type=Text)
    response_id: str | None = Field(sa_type=Text)
    input_tokens: int | None = Field(sa_type=BigInteger)
    output_tokens: int | None = Field(sa_type=BigInteger)
    cache_read_tokens: int | None = Field(sa_type=BigInteger)
    cache_write_tokens: int | None = Field(sa_type=BigInteger)
    cache_write_1h_tokens: int | None = Field(sa_type=BigInteger)
    reasoning_tokens: int | None = Field(sa_type=BigInteger)
    input_audio_tokens: int | None = Field(sa_type=BigInteger)
    output_audio_tokens: int | None = Field(sa_type=BigInteger)
    cost_nusd: int | None = Field(sa_type=BigInteger)
    input_cost_nusd: int | None = Field(sa_type=BigInteger)
    cache_read_cost_nusd: int | None = Field(sa_type=BigInteger)
    cache_write_cost_nusd: int | None = Field(sa_type=BigInteger)
    output_cost_nusd: int | None = Field(sa_type=BigInteger)
    cost_source: str | None = Field(sa_type=Text)
    foreign_cost: str | None = Field(sa_type=Text)
    price: str | None = Field(sa_type=Text)
    counted: bool
    excluded_by: str | None = Field(sa_type=Text)
    excluded_reason: str | None = Field(sa_type=Text)
    tool_name: str | None = Field(sa_type=Text)
    tool_call_id: str | None = Field(sa_type=Text)
    returned_error: str | None = Field(sa_type=Text)
    agent_name: str | None = Field(sa_type=Text)
    workflow: str | None = Field(sa_type=Text)
    version: str | None = Field(sa_type=Text)
    session_id: str | None = Field(sa_type=Text)
    user_id: str | None = Field(sa_type=Text)
    tags: str | None = Field(sa_type=Text)
    dimensions: str | None = Field(sa_type=Text)
    time_to_first_token_ns: int | None = Field(sa_type=BigInteger)
    finish_reason: str | None = Field(sa_type=Text)
    exceptions: str | None = Field(sa_type=Text)
    exception_type: str | None = Field(sa_type=Text)
    exception_fingerprint: str | None = Field(sa_type=Text)
    arguments_hash: str | None = Field(sa_type=Text)
    input_preview: str | None = Field(sa_type=Text)
    output_preview: str | None = Field(sa_type=Text)
    content_hash: bytes = Field(sa_type=LargeBinary)
    payload_id: str | None = Field(sa_type=Text)
    payload_start: int | None
    payload_length: int | None


class SpanPayload(Table, table=True):
    __tablename__ = "span_payload"

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    payload_id: str = Field(primary_key=True, sa_type=Text)
    base_id: str | None = Field(sa_type=Text)
    resource_scope_id: bytes = Field(sa_type=LargeBinary)
    spans: bytes = Field(sa_type=LargeBinary)


class ResourceScope(Table, table=True):
    __tablename__ = "resource_scope"

    resource_scope_id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    content: bytes = Field(sa_type=LargeBinary)


class SpanPrice(Table, table=True):
    __tablename__ = "span_price"

    price_id: str = Field(primary_key=True, sa_type=Text)
    content: str = Field(sa_type=Text)


class SpanConflict(Table, table=True):
    """Spans that arrived again with other content: the first is kept, the newcomer is counted here."""

    __tablename__ = "span_conflict"

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    span_id: str = Field(primary_key=True, sa_type=Text)
    content_hash: bytes = Field(primary_key=True, sa_type=LargeBinary)
    received_ns: int = Field(sa_type=BigInteger)


class LogRecord(Table, table=True):
    """Log records that say something about a span. One whose span hasn't come is waiting for it."""

    __tablename__ = "log_record"
    __table_args__ = (partial_index("log_waiting", "received_ns", where="waiting"),)

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    span_id: str = Field(primary_key=True, sa_type=Text)
    log_id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    event_name: str = Field(sa_type=Text)
    time_ns: int = Field(sa_type=BigInteger)
    received_ns: int = Field(sa_type=BigInteger)
    waiting: bool
    input_preview: str | None = Field(sa_type=Text)
    output_preview: str | None = Field(sa_type=Text)
    version: str | None = Field(sa_type=Text)
    exceptions: str | None = Field(sa_type=Text)
    resource_scope_id: bytes = Field(sa_type=LargeBinary)
    record: bytes = Field(sa_type=LargeBinary)
