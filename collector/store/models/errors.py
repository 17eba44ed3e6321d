"""Errors as people deal with them: one row for all that have the same fingerprint."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from collector.store.models.base import Table


class ErrorGroup(Table, table=True):
    __tablename__ = "error_group"
    __table_args__ = (
        Index("error_group_by_last_seen", "project_id", "last_seen_ns"),
        Index("error_group_by_created", "project_id", "created_ns"),
    )

    project_id: str = Field(primary_key=True, sa_type=Text)
    fingerprint: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    type: str | None = Field(sa_type=Text)
    message: str | None = Field(sa_type=Text)
    first_seen_ns: int = Field(sa_type=BigInteger)
    last_seen_ns: int = Field(sa_type=BigInteger)
    trace_id: str = Field(sa_type=Text)
    span_id: str = Field(sa_type=Text)
    created_ns: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text)
    state_ns: int = Field(sa_type=BigInteger)
    resolved_ns: int | None = Field(sa_type=BigInteger)
