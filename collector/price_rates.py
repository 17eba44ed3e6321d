"""Rates as integers to multiply tokens with, so that products and sums are exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import orjson

UNIT = 10**12
"""Parts of a nano-dollar that rates are counted in."""
PER_REQUEST = "per_request"
TOKEN_RATES = (
    "input",
    "output",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "reasoning",
    "input_audio",
    "output_audio",
)
"""The names of the rates for a million tokens."""


@dataclass(frozen=True, slots=True)
class Rates:
    """UNITs a token; None where no price is known."""

    input: int | None
    cache_read: int | None
    cache_write: int | None
    cache_write_1h: int | None
    input_audio: int | None
    output: int | None
    output_audio: int | None
    reasoning: int | None
    request: int
    """UNITs a call."""
    price: str
    """JSON: these rates in US dollars for a million tokens, and where they come from."""


Tariff = tuple[tuple[int, Rates], ...]
"""Rates by size of the request, largest first: the first whose number is below the input tokens is valid for all."""


def make_rates(usd: Mapping[str, Decimal], origin: Mapping[str, object]) -> Rates:
    """usd: by the names of TOKEN_RATES and others, for a million tokens, and PER_REQUEST.

    What is missing follows another: cache and audio input the input, reasoning and audio output the output, writes for
    an hour the usual writes; output costs nothing where input has a price (an embedder, a reranker).
    """
    told = {name if name == PER_REQUEST else f"{name}_per_mtok": float(value) for name, value in usd.items()}

    def units(*names: str) -> int | None:
        known = next((usd[name] for name in names if name in usd), None)
        return None if known is None else int(known * 1_000 * UNIT)

    output = units("output")
    if output is None and "input" in usd:
        output = 0
    return Rates(
        input=units("input"),
        cache_read=units("cache_read", "input"),
        cache_write=units("cache_write", "input"),
        cache_write_1h=units("cache_write_1h", "cache_write", "input"),
        input_audio=units("input_audio", "input"),
        output=output,
        output_audio=units("output_audio") if "output_audio" in usd else output,
        reasoning=units("reasoning") if "reasoning" in usd else output,
        request=int(usd.get(PER_REQUEST, Decimal(0)) * 10**9 * UNIT),
        price=orjson.dumps({**origin, **told}).decode(),
    )
