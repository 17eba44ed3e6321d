"""What all tables share."""

from __future__ import annotations

from sqlalchemy import Index, MetaData, text
from sqlmodel import SQLModel

metadata = MetaData()


class Table(SQLModel):
    """Keeps our tables apart from those of any other SQLModel program in the process."""

    metadata = metadata


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the rows for which `where` holds, on both databases."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
