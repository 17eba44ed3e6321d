"""Keeping the last requests: not through the writer's transactions, and never in the way of a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter

from sqlalchemy import Connection, Engine, Table, delete, insert, select

from collector.store.commands.writing import writing
from collector.store.models import RecentRequest
from collector.store.records import Receipt

KEPT = 300
"""Of each project so many accepted and so many refused: a busy service never pushes out the one that is refused."""
RECEIPT: Table = RecentRequest.__table__  # type: ignore[attr-defined]
_COLUMNS = tuple(field.name for field in fields(Receipt))
_values_of = attrgetter(*_COLUMNS)


def add_receipts(engine: Engine, receipts: Sequence[Receipt]) -> None:
    """Stores them and lets go of the oldest. Pages are not told: every one of them would look again for nothing.

    Raises StoreUnavailable.
    """
    rows = [dict(zip(_COLUMNS, _values_of(receipt), strict=True)) for receipt in receipts]  # `asdict` copies each value
    with writing(engine) as connection:
        connection.execute(insert(RECEIPT), rows)
        for project_id, is_refused in sorted({(r.project_id, r.is_refused) for r in receipts}):
            _drop_oldest(connection, project_id, is_refused)


def _drop_oldest(connection: Connection, project_id: str, is_refused: bool) -> None:
    same = (RECEIPT.c.project_id == project_id, RECEIPT.c.is_refused == is_refused)
    newest = select(RECEIPT.c.request_id).where(*same).order_by(RECEIPT.c.request_id.desc()).limit(KEPT)
    connection.execute(delete(RECEIPT).where(*same, RECEIPT.c.request_id.not_in(newest)))
