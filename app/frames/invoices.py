"""Invoices beside the ledger, as a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.format import UNKNOWN, money, one_line, percent
from app.frames.cost_words import signed, usd
from collector.analysis.reconciling import coverage, gap_nusd, known_gaps
from collector.store.records.invoices import Billed

COLUMNS = ("Month", "Provider", "Billed", "msgtrace", "Coverage", "Not covered", "Known gaps", "Note")


def invoices_frame(found: Sequence[Billed]) -> pd.DataFrame:
    """COLUMNS as text; a row an invoice."""
    return pd.DataFrame([_row(billed) for billed in found], columns=list(COLUMNS))


def sentence(billed: Billed) -> str:
    """Plain text: how far the newest invoice is covered."""
    share = coverage(billed)
    whose = f"{one_line(billed.invoice.provider)} billed {money(usd(billed.invoice.amount_nusd), 2)}"
    if share is None:
        return f"{whose} for {billed.invoice.month}; msgtrace knows of no cost there."
    return f"{whose} for {billed.invoice.month}; msgtrace explains {percent(share, 1)} of it."


def _row(billed: Billed) -> tuple[str, ...]:
    invoice, share = billed.invoice, coverage(billed)
    known = billed.spend.cost_nusd
    return (
        invoice.month,
        one_line(invoice.provider),
        money(usd(invoice.amount_nusd), 2),
        UNKNOWN if known is None else money(usd(known), 2),
        UNKNOWN if share is None else percent(share, 1),
        signed(usd(gap_nusd(billed)), 2),
        " ".join(known_gaps(billed)),
        one_line(invoice.note),
    )
