"""What people mark and write on traces."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from collector.store.models.base import Table


class TraceNote(Table, table=True):
    """A star and a note; no row for a trace with neither."""

    __tablename__ = "trace_note"

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    is_starred: bool
    note: str | None = Field(sa_type=Text)
    changed_ns: int = Field(sa_type=BigInteger)
