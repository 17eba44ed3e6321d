"""The last requests and what they were answered."""

from __future__ import annotations

from sqlalchemy import Engine, select

from collector.store.engine import reading
from collector.store.receipts import KEPT, RECEIPT
from collector.store.records import Receipt, Scope

MAX_LIMIT = 2 * KEPT


def list_receipts(engine: Engine, scope: Scope, limit: int = 50, *, only_refused: bool = False) -> tuple[Receipt, ...]:
    """Newest first, at most `limit`."""
    query = select(RECEIPT).where(RECEIPT.c.project_id.in_(scope))
    if only_refused:
        query = query.where(RECEIPT.c.is_refused)
    query = query.order_by(RECEIPT.c.request_id.desc()).limit(min(limit, MAX_LIMIT))
    with reading(engine) as connection:
        return tuple(Receipt(**row) for row in connection.execute(query).mappings())
