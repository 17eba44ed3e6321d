"""Invoices that people enter."""

from __future__ import annotations

import time

from app import queries
from app.commands.engine import engine
from app.queries import asking
from collector.store.commands import invoices as commands
from collector.store.records.invoices import Invoice


def put_invoice(provider: str, month: str, amount_usd: float, note: str) -> None:
    """Raises BadQuery that names the field, StoreUnavailable."""
    invoice = Invoice(
        project_id=asking.scope()[0],
        provider=provider,
        month=month,
        amount_nusd=round(amount_usd * 10**9),
        note=note,
        changed_ns=time.time_ns(),
    )
    commands.put_invoice(engine(), invoice)
    queries.look_again()


def remove_invoice(invoice: Invoice) -> None:
    """Raises NotFound, StoreUnavailable."""
    commands.remove_invoice(engine(), invoice.project_id, invoice.provider, invoice.month)
    queries.look_again()
