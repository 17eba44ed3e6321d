"""The tables. Ids are lower-case hex, times integer nanoseconds, money integer nano-dollars, unknown is NULL.

No foreign key to the parent span: parents arrive late or never. Every unique key of a span table contains
`trace_id`, and nothing needs a sequence, so that the tables can be distributed by it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, Index, LargeBinary, MetaData, Text, text
from sqlmodel import Field, SQLModel

metadata = MetaData()


class Table(SQLModel):
    """Keeps our tables apart from those of any other SQLModel program in the process."""

    metadata = metadata


class Span(Table, table=True):
    __tablename__ = "span"
    __table_args__ = (Index("span_by_received", "project_id", "received_ns"),)

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
    input_preview: str | None = Field(sa_type=Text)
    output_preview: str | None = Field(sa_type=Text)
    content_hash: bytes = Field(sa_type=LargeBinary)


class SpanPayload(Table, table=True):
    __tablename__ = "span_payload"

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    span_id: str = Field(primary_key=True, sa_type=Text)
    resource_scope_id: bytes = Field(sa_type=LargeBinary)
    span: bytes = Field(sa_type=LargeBinary)


class ResourceScope(Table, table=True):
    __tablename__ = "resource_scope"

    resource_scope_id: bytes = Field(primary_key=True, sa_type=LargeBinary)
    content: bytes = Field(sa_type=LargeBinary)


class Trace(Table, table=True):
    __tablename__ = "trace"
    __table_args__ = (
        Index("trace_by_start", "project_id", "start_ns"),
        Index("trace_by_received", "project_id", "received_ns"),
        Index("trace_by_outcome", "project_id", "outcome", "start_ns"),
        Index("trace_by_workflow", "project_id", "workflow", "start_ns"),
    )

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    root_span_id: str | None = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    workflow: str | None = Field(sa_type=Text)
    service: str | None = Field(sa_type=Text)
    environment: str | None = Field(sa_type=Text)
    version: str | None = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    start_ns: int = Field(sa_type=BigInteger)
    end_ns: int | None = Field(sa_type=BigInteger)
    duration_ns: int | None = Field(sa_type=BigInteger)
    received_ns: int = Field(sa_type=BigInteger)
    span_count: int
    error_count: int
    llm_calls: int
    tool_calls: int
    input_tokens: int | None = Field(sa_type=BigInteger)
    output_tokens: int | None = Field(sa_type=BigInteger)
    cache_read_tokens: int | None = Field(sa_type=BigInteger)
    cache_write_tokens: int | None = Field(sa_type=BigInteger)
    reasoning_tokens: int | None = Field(sa_type=BigInteger)
    cost_nusd: int | None = Field(sa_type=BigInteger)
    unpriced_spans: int
    models: str = Field(sa_type=Text)
    session_id: str | None = Field(sa_type=Text)
    user_id: str | None = Field(sa_type=Text)
    tags: str = Field(sa_type=Text)
    dimensions: str | None = Field(sa_type=Text)
    input_preview: str | None = Field(sa_type=Text)
    output_preview: str | None = Field(sa_type=Text)
    error: str | None = Field(sa_type=Text)


class Usage(Table, table=True):
    __tablename__ = "usage"
    __table_args__ = (Index("usage_by_quarter", "project_id", "quarter_ns"),)

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    quarter_ns: int = Field(sa_type=BigInteger)
    provider: str | None = Field(sa_type=Text)
    model: str | None = Field(sa_type=Text)
    agent_name: str | None = Field(sa_type=Text)
    cost_source: str | None = Field(sa_type=Text)
    workflow: str | None = Field(sa_type=Text)
    service: str | None = Field(sa_type=Text)
    environment: str | None = Field(sa_type=Text)
    version: str | None = Field(sa_type=Text)
    session_id: str | None = Field(sa_type=Text)
    user_id: str | None = Field(sa_type=Text)
    dimensions: str | None = Field(sa_type=Text)
    calls: int
    errors: int
    unpriced_calls: int
    input_tokens: int | None = Field(sa_type=BigInteger)
    output_tokens: int | None = Field(sa_type=BigInteger)
    cache_read_tokens: int | None = Field(sa_type=BigInteger)
    cache_write_tokens: int | None = Field(sa_type=BigInteger)
    reasoning_tokens: int | None = Field(sa_type=BigInteger)
    cost_nusd: int | None = Field(sa_type=BigInteger)
    input_cost_nusd: int | None = Field(sa_type=BigInteger)
    cache_read_cost_nusd: int | None = Field(sa_type=BigInteger)
    cache_write_cost_nusd: int | None = Field(sa_type=BigInteger)
    output_cost_nusd: int | None = Field(sa_type=BigInteger)


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
    __table_args__ = (
        Index("log_waiting", "received_ns", sqlite_where=text("waiting"), postgresql_where=text("waiting")),
    )

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


class Score(Table, table=True):
    """What people and evaluators say of a trace or of a span. Scores may come before what they judge."""

    __tablename__ = "score"

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    score_id: str = Field(primary_key=True, sa_type=Text)
    span_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    value: float | None = Field(sa_type=Double)
    label: str | None = Field(sa_type=Text)
    comment: str | None = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    time_ns: int = Field(sa_type=BigInteger)


class ChangeCounter(Table, table=True):
    """One row: a number that grows with every commit that changed spans. Live pages and caches watch it."""

    __tablename__ = "change_counter"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int = Field(sa_type=BigInteger)


class PriceOverride(Table, table=True):
    """Prices that a person has set, for all projects."""

    __tablename__ = "price_override"

    id: str = Field(primary_key=True, sa_type=Text)
    model: str = Field(sa_type=Text)
    provider: str | None = Field(sa_type=Text)
    valid_from_ns: int | None = Field(sa_type=BigInteger)
    valid_to_ns: int | None = Field(sa_type=BigInteger)
    input_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    output_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    cache_read_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    cache_write_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    cache_write_1h_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    reasoning_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    input_audio_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    output_audio_nusd_per_mtok: int | None = Field(sa_type=BigInteger)
    request_nusd: int | None = Field(sa_type=BigInteger)
    discount_ppm: int | None = Field(sa_type=BigInteger)
    note: str | None = Field(sa_type=Text)
    created_ns: int = Field(sa_type=BigInteger)
