"""The ledger by the hour, sums over other rows by stretches of time, and what providers billed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlmodel import Field

from collector.store.models.base import Table


class UsageHour(Table, table=True):
    """What the ledger's lines of one hour, UTC, add up to that agree in all but trace, user and session.

    Made of the ledger alone, and dropped when a line of its hour changes: see `collector.store.rollup`.
    """

    __tablename__ = "usage_hour"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 (SQLAlchemy's own form)

    project_id: str = Field(primary_key=True, sa_type=Text)
    quarter_ns: int = Field(primary_key=True, sa_type=BigInteger)
    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    provider: str | None = Field(sa_type=Text)
    model: str | None = Field(sa_type=Text)
    agent_name: str | None = Field(sa_type=Text)
    cost_source: str | None = Field(sa_type=Text)
    workflow: str | None = Field(sa_type=Text)
    service: str | None = Field(sa_type=Text)
    environment: str | None = Field(sa_type=Text)
    version: str | None = Field(sa_type=Text)
    dimensions: str | None = Field(sa_type=Text)
    tags: str | None = Field(sa_type=Text)
    runs: int
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


class UsageRolled(Table, table=True):
    """An hour of a project for which `usage_hour` stands for the ledger."""

    __tablename__ = "usage_rolled"

    project_id: str = Field(primary_key=True, sa_type=Text)
    quarter_ns: int = Field(primary_key=True, sa_type=BigInteger)


class RolledSum(Table, table=True):
    """What the runs, calls or errors of a stretch of time add up to that agree in environment, name and detail.

    Made of their rows alone: see `collector.store.rolling`, and `collector.store.sums` for what the columns mean by
    topic. Stands for them only while `rolled_stretch` has the stretch.
    """

    __tablename__ = "rolled_sum"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 (SQLAlchemy's own form)

    project_id: str = Field(primary_key=True, sa_type=Text)
    topic: str = Field(primary_key=True, sa_type=Text)
    step_ns: int = Field(primary_key=True, sa_type=BigInteger)
    start_ns: int = Field(primary_key=True, sa_type=BigInteger)
    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    environment: str | None = Field(sa_type=Text)
    name: str | None = Field(sa_type=Text)
    detail: str | None = Field(sa_type=Text)
    calls: int
    failed: int
    recovered: int
    unfinished: int
    unpriced: int
    input_tokens: int | None = Field(sa_type=BigInteger)
    output_tokens: int | None = Field(sa_type=BigInteger)
    cost_nusd: int | None = Field(sa_type=BigInteger)
    durations: bytes | None = Field(sa_type=LargeBinary)
    minutes: bytes | None = Field(sa_type=LargeBinary)


class RolledStretch(Table, table=True):
    """Five minutes, an hour or a day of a project for which `rolled_sum` and `rolled_loop` hold. Its row goes with the
    first change."""

    __tablename__ = "rolled_stretch"

    project_id: str = Field(primary_key=True, sa_type=Text)
    step_ns: int = Field(primary_key=True, sa_type=BigInteger)
    start_ns: int = Field(primary_key=True, sa_type=BigInteger)
    counting: int | None = Field(sa_type=BigInteger)
    """Who counts it just now; they don't hold yet."""


class RolledLoop(Table, table=True):
    """Calls of a trace to one tool with the same arguments, three or more. The trace began in the stretch, which is an
    hour or some five minutes of it.

    See `collector.store.rolled_loops.Repeated` for the columns.
    """

    __tablename__ = "rolled_loop"
    __table_args__ = (Index("rolled_loop_by_last", "project_id", "last_ns"),)

    project_id: str = Field(primary_key=True, sa_type=Text)
    stretch_ns: int = Field(primary_key=True, sa_type=BigInteger)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    span_id: str = Field(sa_type=Text)
    tool_name: str | None = Field(sa_type=Text)
    agent_name: str | None = Field(sa_type=Text)
    environment: str | None = Field(sa_type=Text)
    is_mixed: bool
    calls: int
    start_ns: int = Field(sa_type=BigInteger)
    first_ns: int = Field(sa_type=BigInteger)
    last_ns: int = Field(sa_type=BigInteger)


class Invoice(Table, table=True):
    """What a provider billed for a month, as somebody entered it."""

    __tablename__ = "invoice"

    project_id: str = Field(primary_key=True, sa_type=Text)
    provider: str = Field(primary_key=True, sa_type=Text)
    month: str = Field(primary_key=True, sa_type=Text)
    amount_nusd: int = Field(sa_type=BigInteger)
    note: str = Field(sa_type=Text)
    changed_ns: int = Field(sa_type=BigInteger)
