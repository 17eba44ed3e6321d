"""What the calls of one model would have cost at the rates of another, the tokens as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from collector.store.records.costs import CostCell, Spend

PriceOfCall = Callable[[int, int, int, int], int | None]
"""(input, output, cache read, cache write tokens) -> nano-dollars of one call; None where no price is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """In nano-dollars. Models count tokens differently, so this is a first guess."""

    calls: int
    instead_of_nusd: int
    """What these calls cost."""
    low_nusd: int
    """With as much read from the cache as it was."""
    high_nusd: int
    """With nothing read from the cache."""


def what_if(cells: Iterable[CostCell], model: str, price: PriceOfCall) -> WhatIf | None:
    """None when the model has no calls with a known cost and tokens, or the other model no price.

    Each group of calls is priced by its mean call, so prices that depend on a call's size are taken by that.
    """
    known = [cell.spend for cell in cells if cell.model == model and _is_known(cell.spend)]
    estimates = [_estimate(spend, price) for spend in known]
    if not known or any(estimate is None for estimate in estimates):
        return None
    found = [estimate for estimate in estimates if estimate is not None]
    cached, uncached = sum(low for low, _ in found), sum(high for _, high in found)
    return WhatIf(
        calls=sum(spend.priced_calls for spend in known),
        instead_of_nusd=sum(spend.cost_nusd or 0 for spend in known),
        low_nusd=min(cached, uncached),
        high_nusd=max(cached, uncached),
    )


def _is_known(spend: Spend) -> bool:
    return spend.cost_nusd is not None and bool(spend.priced_calls) and bool(spend.input_tokens)


def _estimate(spend: Spend, price: PriceOfCall) -> tuple[int, int] | None:
    calls = spend.priced_calls
    sent, made = (spend.input_tokens or 0) / calls, (spend.output_tokens or 0) / calls
    read, written = (spend.cache_read_tokens or 0) / calls, (spend.cache_write_tokens or 0) / calls
    cached = price(round(sent), round(made), round(read), round(written))
    uncached = price(round(sent), round(made), 0, 0)
    return None if cached is None or uncached is None else (cached * calls, uncached * calls)
