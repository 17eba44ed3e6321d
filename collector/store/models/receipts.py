"""What was answered lately to those who send, for "my trace isn't there"."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from collector.store.models.base import Table


class RecentRequest(Table, table=True):
    """A request and its answer, without body and key. A few hundred are kept."""

    __tablename__ = "recent_request"
    __table_args__ = (Index("recent_request_refused", "project_id", "is_refused", "request_id"),)

    project_id: str = Field(primary_key=True, sa_type=Text)
    request_id: str = Field(primary_key=True, sa_type=Text)
    time_ns: int = Field(sa_type=BigInteger)
    signal: str = Field(sa_type=Text)
    path: str = Field(sa_type=Text)
    status: int
    is_refused: bool
    reason: str | None = Field(sa_type=Text)
    service: str | None = Field(sa_type=Text)
    client: str | None = Field(sa_type=Text)
    api_key: str | None = Field(sa_type=Text)
    items: int | None
    duplicates: int
    rejected: int
    trace_id: str | None = Field(sa_type=Text)
    collector: str = Field(sa_type=Text)
    port: int | None
    queued_spans: int
