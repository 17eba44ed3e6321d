"""What is made of a trace's spans: its summary, its lines of the ledger, and its scores."""

from __future__ import annotations

from sqlalchemy import BigInteger, Double, Index, Text, text
from sqlmodel import Field

from collector.store.models.base import Table, partial_index
from collector.store.span_values import NOT_SO, WRONG

OF_A_USER = ("session_id", "outcome", "input_tokens", "output_tokens", "cost_nusd", "unpriced_spans")
"""What the page of users sums up, so that the index of users is enough for it."""

LETTER = {what: f"coalesce(substr(span_values, {place}, 1), '')" for place, what in enumerate(WRONG, 1)}
MAY_HAVE = {what: f"{letter} <> '{NOT_SO}'" for what, letter in LETTER.items()}
"""Something went wrong in a span, or the row doesn't tell: see `span_values`."""


def _known(name: str, column: str, time: str = "start_ns", held: tuple[str, ...] = ()) -> Index:
    where = text(f"{column} IS NOT NULL")
    return Index(name, "project_id", column, time, *held, sqlite_where=where, postgresql_where=where)


class Trace(Table, table=True):
    __tablename__ = "trace"
    __table_args__ = (
        Index("trace_by_start", "project_id", "start_ns"),
        Index("trace_by_received", "project_id", "received_ns"),
        Index("trace_by_outcome", "project_id", "outcome", "start_ns"),
        Index("trace_by_workflow", "project_id", "workflow", "start_ns"),
        _known("trace_by_session", "session_id"),
        _known("trace_by_version", "version"),
        _known("trace_by_user", "user_id", held=OF_A_USER),
        *(partial_index(f"trace_with_{what}", "project_id", "start_ns", where=may) for what, may in MAY_HAVE.items()),
        Index("trace_by_duration", "project_id", text("coalesce(duration_ns, -1)"), "trace_id"),
        Index("trace_by_cost", "project_id", text("coalesce(cost_nusd, -1)"), "trace_id"),
        Index(
            "trace_by_tokens",
            "project_id",
            text("(coalesce(input_tokens, 0) + coalesce(output_tokens, 0))"),
            "trace_id",
        ),
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
    revision: int = Field(sa_type=BigInteger)
    span_values: str | None = Field(sa_type=Text)


class Usage(Table, table=True):
    __tablename__ = "usage"
    __table_args__ = (
        Index("usage_by_quarter", "project_id", "quarter_ns"),
        _known("usage_by_user", "user_id", "quarter_ns"),
        _known("usage_by_session", "session_id", "quarter_ns"),
    )

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
    sealed_tags: str | None = Field(sa_type=Text)


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
