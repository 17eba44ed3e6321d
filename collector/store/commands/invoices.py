"""Entering and removing invoices."""

from __future__ import annotations

import re
from dataclasses import asdict

from sqlalchemy import Engine, Table, and_, delete

from collector.errors import BadQuery, NotFound
from collector.store.commands.writing import writing
from collector.store.commit import bump_counter
from collector.store.dialect import upsert_statement
from collector.store.models import Invoice as InvoiceTable
from collector.store.records.invoices import Invoice

INVOICE: Table = InvoiceTable.__table__  # type: ignore[attr-defined]
MAX_PROVIDER, MAX_NOTE = 80, 500
MOST_NUSD = 10**9 * 10**9
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


def put_invoice(engine: Engine, invoice: Invoice) -> None:
    """The one of that provider and month is replaced. Raises BadQuery that names the field, StoreUnavailable."""
    row = asdict(invoice) | {"provider": _provider(invoice.provider), "note": invoice.note.replace("\0", "").strip()}
    if not _MONTH.fullmatch(invoice.month):
        raise BadQuery("month: expected a year and a month, such as 2026-10")
    if not 0 <= invoice.amount_nusd <= MOST_NUSD:
        raise BadQuery("amount: expected US dollars, 0 to a billion")
    if len(row["note"]) > MAX_NOTE:
        raise BadQuery(f"note: at most {MAX_NOTE} characters")
    with writing(engine) as connection:
        statement = upsert_statement(connection.dialect, INVOICE)
        connection.exec_driver_sql(statement, tuple(row[column.name] for column in INVOICE.columns))
        bump_counter(connection)


def remove_invoice(engine: Engine, project_id: str, provider: str, month: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    key = and_(INVOICE.c.project_id == project_id, INVOICE.c.provider == provider, INVOICE.c.month == month)
    with writing(engine) as connection:
        if not connection.execute(delete(INVOICE).where(key)).rowcount:
            raise NotFound(f"no invoice of {provider} for {month}")
        bump_counter(connection)


def _provider(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not 1 <= len(name) <= MAX_PROVIDER:
        raise BadQuery(f"provider: expected 1 to {MAX_PROVIDER} characters")
    return name
