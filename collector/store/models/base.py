"""What all tables share."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlmodel import SQLModel

metadata = MetaData()


class Table(SQLModel):
    """Keeps our tables apart from those of any other SQLModel program in the process."""

    metadata = metadata
