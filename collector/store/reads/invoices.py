"""Invoices, each beside what the ledger says of its provider and month."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Table, func, select

from collector.store.engine import snapshot
from collector.store.models import Invoice as InvoiceTable
from collector.store.reads.cost_cells import add
from collector.store.reads.ledger import parts
from collector.store.records import Period, Scope
from collector.store.records.costs import Spend
from collector.store.records.invoices import Billed, Invoice

INVOICE: Table = InvoiceTable.__table__  # type: ignore[attr-defined]
MOST = 60
_BillOf = dict[str, tuple[Spend, int]]
"""By provider in small letters: what its calls come to, and how much of that was reported."""


def list_billed(engine: Engine, scope: Scope, zone: str) -> tuple[Billed, ...]:
    """The newest months first, MOST at most. zone: whose months are meant."""
    with snapshot(engine) as connection:
        query = select(INVOICE).where(INVOICE.c.project_id.in_(scope))
        rows = connection.execute(query.order_by(INVOICE.c.month.desc(), INVOICE.c.provider).limit(MOST)).mappings()
        invoices = [Invoice(**row) for row in rows]
        keys = {(invoice.project_id, invoice.month) for invoice in invoices}
        bills = {key: _bill_of(connection, key[0], month_period(key[1], zone)) for key in keys}
    found = []
    for invoice in invoices:
        bill = bills[invoice.project_id, invoice.month]
        spend, reported_nusd = bill.get(invoice.provider.lower(), (Spend(), 0))
        found.append(Billed(invoice=invoice, spend=spend, reported_nusd=reported_nusd))
    return tuple(found)


def month_period(month: str, zone: str) -> Period:
    """2026-10, from midnight to midnight of the zone."""
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=ZoneInfo(zone))
    following = (first + timedelta(days=32)).replace(day=1)
    return Period(int(first.timestamp()) * 10**9, int(following.timestamp()) * 10**9)


def _bill_of(connection: Connection, project_id: str, period: Period) -> _BillOf:
    measures = ("calls", "unpriced_calls", "cost_nusd")
    spends: defaultdict[str, list[Spend]] = defaultdict(list)
    reported: defaultdict[str, int] = defaultdict(int)
    for part in parts(connection, Scope((project_id,)), period, ["provider", "source"]):
        keys = part.column("provider"), part.column("source")
        query = select(*keys, *(func.sum(part.table.c[name]) for name in measures)).select_from(part.source)
        for provider, source, *sums in connection.execute(query.where(part.inside).group_by(*keys)):
            known = {name: int(told) for name, told in zip(measures, sums, strict=True) if told is not None}
            name = (provider or "").lower()
            spends[name].append(Spend(**known))
            reported[name] += known.get("cost_nusd", 0) if source == "reported" else 0
    return {name: (add(some), reported[name]) for name, some in spends.items()}
