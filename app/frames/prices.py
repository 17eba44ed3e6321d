"""Prices as the rows of tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from app.format import MINUS, UNKNOWN, count, money, one_line
from collector.store.records import PriceInForce, PriceOverride, RepricedLine, SeenModel

_NANO = 10**9
_RATES = {
    "input": "input_nusd_per_mtok",
    "output": "output_nusd_per_mtok",
    "cache read": "cache_read_nusd_per_mtok",
    "cache write": "cache_write_nusd_per_mtok",
    "cache write, 1 h": "cache_write_1h_nusd_per_mtok",
    "reasoning": "reasoning_nusd_per_mtok",
    "audio in": "input_audio_nusd_per_mtok",
    "audio out": "output_audio_nusd_per_mtok",
    "a call": "request_nusd",
}


def in_force_rows(found: Sequence[tuple[SeenModel, PriceInForce | None]]) -> pd.DataFrame:
    """One row a model, in the given order; rates in US dollars for a million tokens as text.

    Columns: model, provider, input, output, cache_read, cache_write, source, since, calls.
    """
    return pd.DataFrame(
        {
            "model": [one_line(seen.model) for seen, _ in found],
            "provider": [one_line(seen.provider or "") for seen, _ in found],
            "input": [rate(price.input_per_mtok) if price else UNKNOWN for _, price in found],
            "output": [rate(price.output_per_mtok) if price else UNKNOWN for _, price in found],
            "cache_read": [rate(price.cache_read_per_mtok) if price else "" for _, price in found],
            "cache_write": [rate(price.cache_write_per_mtok) if price else "" for _, price in found],
            "source": [source(price) for _, price in found],
            "since": [(price.since if price else None) or "" for _, price in found],
            "calls": [count(seen.calls) for seen, _ in found],
        }
    )


def unpriced_rows(found: Sequence[tuple[SeenModel, PriceInForce | None]]) -> pd.DataFrame:
    """One row a model with calls of unknown cost.

    Columns: model, provider, calls, input_tokens, output_tokens, now.
    """
    return pd.DataFrame(
        {
            "model": [one_line(seen.model) for seen, _ in found],
            "provider": [one_line(seen.provider or "") for seen, _ in found],
            "calls": [seen.unpriced_calls for seen, _ in found],
            "input_tokens": [count(seen.unpriced_input_tokens) for seen, _ in found],
            "output_tokens": [count(seen.unpriced_output_tokens) for seen, _ in found],
            "now": [source(price) for _, price in found],
        }
    )


def repriced_rows(lines: Sequence[RepricedLine]) -> pd.DataFrame:
    """One row a day and model. Columns: day, model, provider, calls, before, after, difference, unpriced."""
    return pd.DataFrame(
        {
            "day": [line.day for line in lines],
            "model": [one_line(line.model or UNKNOWN) for line in lines],
            "provider": [one_line(line.provider or "") for line in lines],
            "calls": [line.calls for line in lines],
            "before": [nusd(line.before_nusd) for line in lines],
            "after": [nusd(line.after_nusd) for line in lines],
            "difference": [difference(line.difference_nusd) for line in lines],
            "unpriced": [_unpriced(line) for line in lines],
        }
    )


def terms(override: PriceOverride) -> str:
    """What an override says: "input $1.25, output $10", or "20 % off the listed price"."""
    if override.discount_ppm is not None:
        return f"{override.discount_ppm / 10_000:g} % off the listed price"
    said = {name: getattr(override, column) for name, column in _RATES.items()}
    return ", ".join(f"{name} {rate(nusd / _NANO)}" for name, nusd in said.items() if nusd is not None)


def source(price: PriceInForce | None) -> str:
    """Where a price comes from, in words."""
    if price is None:
        return "no price"
    if price.discount_percent is not None:
        return f"yours: {price.discount_percent:g} % off {price.listed_as}"
    if price.source == "override":
        return "yours"
    above = f", more above {price.above_input_tokens:,} tokens" if price.above_input_tokens is not None else ""
    return f"genai-prices {price.version}{above}"


def rate(usd: float | None) -> str:
    """US dollars for a million tokens with all their digits; "" for a rate that follows another."""
    return "" if usd is None else f"${usd:,.10g}"


def nusd(amount: int | None) -> str:
    return money(None if amount is None else amount / _NANO)


def difference(amount: int) -> str:
    """+$1.20, −$0.0300, $0."""
    return nusd(amount) if amount == 0 else ("+" if amount > 0 else MINUS) + nusd(abs(amount))


def _unpriced(line: RepricedLine) -> str:
    before, after = f"{line.unpriced_before:,}", f"{line.unpriced_after:,}"
    return before if before == after else f"{before} → {after}"
