"""What retention remembers between its rounds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from collector.store.models.base import Table


class RetentionMark(Table, table=True):
    """How far a step has come among a project's traces, in the order in which their last span was received."""

    __tablename__ = "retention_mark"

    project_id: str = Field(primary_key=True, sa_type=Text)
    step: str = Field(primary_key=True, sa_type=Text)
    received_ns: int = Field(sa_type=BigInteger)
    trace_id: str = Field(sa_type=Text)
