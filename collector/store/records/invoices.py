"""What providers billed, and what the ledger says of the same calls."""

from __future__ import annotations

from dataclasses import dataclass

from collector.store.records.costs import Spend


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    project_id: str
    provider: str
    month: str
    """2026-10"""
    amount_nusd: int
    note: str
    changed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """An invoice beside the ledger's figure for its provider and month."""

    invoice: Invoice
    spend: Spend
    reported_nusd: int
    """The part of the figure that clients reported themselves."""
