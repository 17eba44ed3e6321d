"""What the search index has still to take in. The index itself is made by its migration, for each database its own."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field

from collector.store.models.base import Table


class SearchMark(Table, table=True):
    """A trace that changed since the index took it in, or whose content was removed."""

    __tablename__ = "search_mark"
    __table_args__ = (Index("search_mark_by_time", "marked_ns"),)

    project_id: str = Field(primary_key=True, sa_type=Text)
    trace_id: str = Field(primary_key=True, sa_type=Text)
    marked_ns: int = Field(sa_type=BigInteger)
