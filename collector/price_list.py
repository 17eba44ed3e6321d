"""The price list that comes with genai-prices, as integers to multiply tokens with. Never uses the network."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from collector.semconv.providers import ALIASES

if TYPE_CHECKING:
    from genai_prices.types import (
        ModelInfo,
        ModelPrice,
        Provider,
        StartDateConstraint,
        TieredPrices,
        TimeOfDateConstraint,
    )

    Constraint = StartDateConstraint | TimeOfDateConstraint

UNIT = 10**12
"""Parts of a nano-dollar that rates are counted in, so that products and sums are exact."""

_PROVIDER_IDS = {
    "aws.bedrock": "aws",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "together_ai": "together",
    "x_ai": "x-ai",
}
"""OpenTelemetry's name of a provider -> genai-prices' name, where they differ."""

_SELF_HOSTED = {"huggingface", "llama.cpp", "llamacpp", "lm_studio", "lmstudio", "local", "localai", "ollama", "vllm"}
"""Run a maker's model on one's own machine: the maker's price is not what it costs."""

_CACHED_MODELS = 4_096
_MAX_NAME = 300


@dataclass(frozen=True, slots=True)
class Rates:
    """UNITs a token; None where the list knows no price."""

    input: int | None
    cache_read: int | None
    cache_write: int | None
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


class Listing:
    """A model of the list with its prices through time."""

    def __init__(self, provider: Provider, model: ModelInfo, version: str) -> None:
        prices = model.prices
        dated = [(c.constraint, c.prices) for c in prices] if isinstance(prices, list) else [(None, prices)]
        self._tariffs: list[tuple[Constraint | None, Tariff | None]] = []
        for constraint, valid in dated:
            since: date | None = getattr(constraint, "start_date", None)
            source: dict[str, object] = {
                "source": "genai-prices",
                "version": version,
                "provider": provider.id,
                "model": model.id,
                "since": since and since.isoformat(),
            }
            self._tariffs.append((constraint, _tariff(valid, source)))

    def tariff(self, time_ns: int) -> Tariff | None:
        """What was valid at that time; None when the price isn't one of tokens."""
        if len(self._tariffs) == 1:
            return self._tariffs[0][1]
        at = datetime.fromtimestamp(time_ns / 1e9, UTC)
        for constraint, tariff in reversed(self._tariffs):
            if constraint is None or constraint.active(at):
                return tariff
        return self._tariffs[0][1]


class PriceList:
    def __init__(self) -> None:
        """Takes about 1.5 s and 80 MB the first time in a process."""
        package = importlib.import_module("genai_prices")  # not at the top: whoever prices nothing needn't pay for it
        snapshot = importlib.import_module("genai_prices.data_snapshot")
        self._version: str = package.__version__
        self._providers: list[Provider] = snapshot.get_snapshot().providers
        self._provider_by_id = snapshot.find_provider_by_id
        self.find = lru_cache(_CACHED_MODELS)(self._find)

    def _find(self, provider: str | None, model: str) -> Listing | None:
        """The listing of a model as its provider sells it, None when it isn't on the list."""
        if provider in _SELF_HOSTED or len(model) > _MAX_NAME:
            return None
        for maker, name in self._candidates(provider, model):
            if found := maker.find_model(name, all_providers=self._providers):
                return Listing(maker, found, self._version)
        return None

    def _candidates(self, provider: str | None, model: str) -> Iterator[tuple[Provider, str]]:
        """The named provider, then the one in "provider/model", then the model's maker.

        The maker's price is only a fair guess when nobody else is known to have answered: for a provider that the list
        doesn't know, and for "openai", which many clients say of any server that speaks OpenAI's protocol.
        """
        prefix, _, bare = model.rpartition("/")
        names = (model, bare) if prefix else (model,)
        named = self._provider(provider) if provider else None
        if named:
            yield from ((named, name) for name in names)
            if named.id != "openai":
                return
        if prefix and (in_name := self._provider(prefix.partition("/")[0])):
            yield in_name, bare
        for name in names:
            for maker in self._providers:
                if maker.model_match is not None and maker.model_match.is_match(name.lower()):
                    yield maker, name
        if openai := self._provider("openai"):  # by their names alone, its embedders are nobody's
            yield openai, model

    def _provider(self, name: str) -> Provider | None:
        name = ALIASES.get(name.lower(), name.lower())
        found: Provider | None = self._provider_by_id(self._providers, _PROVIDER_IDS.get(name, name))
        return found


def _tariff(price: ModelPrice, source: dict[str, object]) -> Tariff | None:
    rates = {key: value for key, value in vars(price).items() if value is not None and not key.startswith("_")}
    if not rates and str(source["model"]).endswith(":free"):
        rates = {"input_mtok": Decimal(0), "output_mtok": Decimal(0)}
    by_tokens = {key for key, value in rates.items() if key.endswith("_mtok") and value}
    if not rates or (not by_tokens and any(not key.endswith(("_mtok", "_kcount")) for key in rates)):
        return None  # nothing is known, or it is sold by the minute, the page or the character
    starts = {tier.start for value in rates.values() for tier in getattr(value, "tiers", ())}
    return tuple((start, _rates(rates, start, source)) for start in sorted({-1, *starts}, reverse=True))


def _rates(rates: dict[str, Decimal | TieredPrices], start: int, source: dict[str, object]) -> Rates:
    usd = {key: _at(value, start) for key, value in rates.items()}
    told = {key.removesuffix("_mtok") + "_per_mtok": float(usd[key]) for key in usd if key.endswith("_mtok")}
    if start >= 0:
        told["above_input_tokens"] = start

    def units(*keys: str) -> int | None:
        known = next((usd[key] for key in keys if key in usd), None)
        return None if known is None else int(known * 1_000 * UNIT)

    output = units("output_mtok")
    if output is None and "input_mtok" in usd:
        output = 0  # an embedder, a reranker: sold by what goes in alone
    return Rates(
        input=units("input_mtok"),
        cache_read=units("cache_read_mtok", "input_mtok"),
        cache_write=units("cache_write_mtok", "input_mtok"),
        input_audio=units("input_audio_mtok", "input_mtok"),
        output=output,
        output_audio=units("output_audio_mtok") or output,
        reasoning=units("output_reasoning_mtok") or output,
        request=int(usd.get("requests_kcount", Decimal(0)) * 1_000_000 * UNIT),
        price=orjson.dumps({**source, **told}).decode(),
    )


def _at(value: Decimal | TieredPrices, start: int) -> Decimal:
    """The price above `start` input tokens."""
    if isinstance(value, Decimal):
        return value
    return next((tier.price for tier in reversed(value.tiers) if tier.start <= start), value.base)
