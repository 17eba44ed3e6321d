"""Arithmetic: rates times tokens, in integers, so that nothing is lost and parts add up to their total."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from collector.price_rates import UNIT, Rates, Tariff


class Counts(Protocol):
    """Tokens of one call. Input contains cache reads, cache writes and audio; output contains reasoning and audio.
    The writes for an hour are a part of the cache writes."""

    @property
    def input_tokens(self) -> int | None: ...
    @property
    def output_tokens(self) -> int | None: ...
    @property
    def cache_read_tokens(self) -> int | None: ...
    @property
    def cache_write_tokens(self) -> int | None: ...
    @property
    def cache_write_1h_tokens(self) -> int | None: ...
    @property
    def reasoning_tokens(self) -> int | None: ...
    @property
    def input_audio_tokens(self) -> int | None: ...
    @property
    def output_audio_tokens(self) -> int | None: ...


class Usage(NamedTuple):
    """The tokens of a call that is not a span."""

    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    input_audio_tokens: int | None = None
    output_audio_tokens: int | None = None
    cache_write_1h_tokens: int | None = None


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


def charge(tariff: Tariff, usage: Counts, *, is_billed: bool) -> Cost | None:
    """The cost of a call, None when a part of its usage has no rate.

    is_billed: whether to charge a call that says nothing of its tokens, if its price doesn't depend on them.
    """
    sent = usage.input_tokens
    if sent is None:
        return _fee(tariff[-1][1]) if is_billed else None
    for start, rates in tariff:
        if sent > start:
            return _cost(rates, usage, sent)
    return None


def _fee(rates: Rates) -> Cost | None:
    """What a call costs however many tokens it took; None when that matters."""
    a_token = (rates.input, rates.cache_read, rates.cache_write, rates.output, rates.reasoning)
    nusd = (rates.request + UNIT // 2) // UNIT
    return Cost(nusd, nusd, 0, 0, 0, rates.price) if not any(a_token) and rates.input == 0 else None


def _cost(rates: Rates, usage: Counts, sent: int) -> Cost | None:
    read, written, made = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0, usage.output_tokens or 0
    if usage.output_tokens is None and rates.output:
        return None
    written_1h = min(usage.cache_write_1h_tokens or 0, written)
    uncached = max(sent - read - written, 0)
    audio_in = min(usage.input_audio_tokens or 0, uncached)
    audio_out = min(usage.output_audio_tokens or 0, made)
    reasoning = min(usage.reasoning_tokens or 0, made - audio_out)
    try:
        return _rounded(
            _times(uncached - audio_in, rates.input) + _times(audio_in, rates.input_audio) + rates.request,
            _times(read, rates.cache_read),
            _times(written - written_1h, rates.cache_write) + _times(written_1h, rates.cache_write_1h),
            _times(made - audio_out - reasoning, rates.output)
            + _times(audio_out, rates.output_audio)
            + _times(reasoning, rates.reasoning),
            rates.price,
        )
    except _NoPrice:
        return None


class _NoPrice(Exception):
    """Tokens that have no rate."""


def _times(tokens: int, rate: int | None) -> int:
    if not tokens:
        return 0
    if rate is None:
        raise _NoPrice
    return tokens * rate


def _rounded(sent: int, read: int, written: int, made: int, price: str) -> Cost:
    """Rounds the running sum, not each part, so that the parts add up to the rounded total."""
    half = UNIT // 2
    mark_1 = (sent + half) // UNIT
    mark_2 = (sent + read + half) // UNIT
    mark_3 = (sent + read + written + half) // UNIT
    total = (sent + read + written + made + half) // UNIT
    return Cost(total, mark_1, mark_2 - mark_1, mark_3 - mark_2, total - mark_3, price)
