"""How far the ledger covers what a provider billed, and what is known to be missing. Pure."""

from __future__ import annotations

from collector.store.records.invoices import Billed

_CLOSE = 0.02
"""Less than this apart is rounding, and calls at midnight."""


def coverage(billed: Billed) -> float | None:
    """The ledger's figure as a share of the invoice; None where one of them is unknown or nothing."""
    nusd, amount = billed.spend.cost_nusd, billed.invoice.amount_nusd
    return None if nusd is None or not amount else nusd / amount


def gap_nusd(billed: Billed) -> int:
    """What was billed beyond the ledger's figure; below 0 where that is higher."""
    return billed.invoice.amount_nusd - (billed.spend.cost_nusd or 0)


def known_gaps(billed: Billed) -> tuple[str, ...]:
    """In words, the surest first. Plain text."""
    spend, share = billed.spend, coverage(billed)
    if not spend.calls:
        return ("msgtrace saw no call of this provider in this month. Is it called so here, and traced?",)
    gaps = []
    if spend.unpriced_calls:
        calls = f"{spend.unpriced_calls:,} call{'s have' if spend.unpriced_calls > 1 else ' has'} no price"
        gaps.append(f"{calls}: their cost is in no sum. Set one on Prices.")
    if share is not None and share < 1 - _CLOSE:
        gaps.append(
            "Calls that were not sent here: other programs, notebooks, other teams, spans that sampling dropped."
        )
        gaps.append(
            "What providers bill beside tokens: embeddings and images without usage, web search and other tools, "
            "storage, fine-tuning, taxes."
        )
    if share is not None and share > 1 + _CLOSE:
        gaps.append("The figure is at list prices: discounts, batch prices and credits are in the invoice alone.")
        gaps.append("Or failed and repeated calls were counted here that the provider did not bill.")
        if billed.reported_nusd:
            gaps.append("A part was reported by the programs themselves, at their own prices.")
    return tuple(gaps) or ("None known.",)
