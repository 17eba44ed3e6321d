"""Views that people have saved."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from collector.store.models.base import Table


class SavedView(Table, table=True):
    """A list of traces or calls with a name: what its URL says."""

    __tablename__ = "saved_view"

    project_id: str = Field(primary_key=True, sa_type=Text)
    view_id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    params: str = Field(sa_type=Text)
    created_ns: int = Field(sa_type=BigInteger)
