"""What was answered lately to those who send."""

from __future__ import annotations

from sqlalchemy import Engine

from app.queries.asking import ask_now
from collector.store.reads import receipts as receipt_reads
from collector.store.records import Receipt, Scope


def last_requests(limit: int = 50, *, only_refused: bool = False) -> tuple[Receipt, ...]:
    """Newest first. At most a second old: requests that bring nothing don't count as something new."""
    return ask_now(_list_receipts, limit, only_refused)


def _list_receipts(engine: Engine, scope: Scope, limit: int, only_refused: bool) -> tuple[Receipt, ...]:
    return receipt_reads.list_receipts(engine, scope, limit, only_refused=only_refused)
