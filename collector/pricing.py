"""What a model call cost: (provider, model, usage, time) -> Cost, or None for unknown.

Only genai-prices' data is used. Its own calculation takes up to half a millisecond a call; this one takes a few
microseconds and agrees with it to the nano-dollar.
"""

from __future__ import annotations

import itertools
import threading
from typing import NamedTuple

from collector.price_list import UNIT, PriceList, Rates, Tariff
from collector.store.rows import SpanRow

MAX_NUSD = 2**63 - 1
"""The largest sum a column holds: nine billion dollars."""

_lock = threading.Lock()
_loaded: PriceList | None = None


class Usage(NamedTuple):
    """Tokens of one call. Input contains cache reads, cache writes and audio; output contains reasoning and audio."""

    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    input_audio_tokens: int | None = None
    output_audio_tokens: int | None = None


class Cost(NamedTuple):
    """In integer nano-dollars; the four parts add up to the total exactly."""

    total_nusd: int
    input_nusd: int
    """Of the uncached input, with a fee a call where there is one."""
    cache_read_nusd: int
    cache_write_nusd: int
    output_nusd: int
    price: str
    """JSON: the rates that were used, where they come from and since when they are valid."""


def load() -> PriceList:
    """The price list, read on the first call, which takes about 1.5 s; a start-up thread may do it ahead."""
    global _loaded
    if _loaded is None:
        with _lock:
            _loaded = _loaded or PriceList()
    return _loaded


def price(provider: str | None, models: tuple[str | None, ...], usage: Usage, time_ns: int) -> Cost | None:
    """By the first of the models that is on the list. None when none is, or when a part of the usage has no price."""
    if usage.input_tokens is None:
        return None
    for model in models:
        listing = load().find(provider, model) if model else None
        if listing and (tariff := listing.tariff(time_ns)):
            return _cost(_rates(tariff, usage.input_tokens), usage, usage.input_tokens)
    return None


def price_span(row: SpanRow) -> None:
    """Fills the cost of a row. A reported cost stays; an unknown one stays unknown."""
    if row.cost_nusd is not None or row.pending or row.input_tokens is None:
        return
    usage = Usage(
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cache_write_tokens=row.cache_write_tokens,
        reasoning_tokens=row.reasoning_tokens,
        input_audio_tokens=row.input_audio_tokens,
        output_audio_tokens=row.output_audio_tokens,
    )
    cost = price(row.provider, (row.response_model, row.request_model), usage, row.start_ns)
    if cost is None or cost.total_nusd > MAX_NUSD:
        return
    row.cost_source = "computed"
    row.cost_nusd = cost.total_nusd
    row.input_cost_nusd = cost.input_nusd
    row.cache_read_cost_nusd = cost.cache_read_nusd
    row.cache_write_cost_nusd = cost.cache_write_nusd
    row.output_cost_nusd = cost.output_nusd
    row.price = cost.price


def _rates(tariff: Tariff, input_tokens: int) -> Rates:
    return next(rates for start, rates in tariff if input_tokens > start)


def _cost(rates: Rates, usage: Usage, input_tokens: int) -> Cost | None:
    cache_read, cache_write = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    uncached = max(input_tokens - cache_read - cache_write, 0)
    audio_in = min(usage.input_audio_tokens or 0, uncached)
    output = usage.output_tokens or 0
    audio_out = min(usage.output_audio_tokens or 0, output)
    reasoning = min(usage.reasoning_tokens or 0, output - audio_out)
    charges = (
        (uncached - audio_in, rates.input),
        (audio_in, rates.input_audio),
        (cache_read, rates.cache_read),
        (cache_write, rates.cache_write),
        (output - audio_out - reasoning, rates.output),
        (audio_out, rates.output_audio),
        (reasoning, rates.reasoning),
    )
    if (usage.output_tokens is None and rates.output) or any(tokens and rate is None for tokens, rate in charges):
        return None
    text, audio, read, written, *made = [tokens * (rate or 0) for tokens, rate in charges]
    return _rounded((text + audio + rates.request, read, written, sum(made)), rates.price)


def _rounded(parts: tuple[int, int, int, int], price: str) -> Cost:
    """Rounds the running sum, not each part, so that the parts add up to the rounded total."""
    marks = [0]
    exact = 0
    for part in parts:
        exact += part
        marks.append((exact + UNIT // 2) // UNIT)
    sent, read, written, made = (after - before for before, after in itertools.pairwise(marks))
    return Cost(
        total_nusd=marks[-1],
        input_nusd=sent,
        cache_read_nusd=read,
        cache_write_nusd=written,
        output_nusd=made,
        price=price,
    )
