"""The price list that comes with genai-prices, or a newer one that was saved. Never uses the network."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from collector.price_file import SavedList
from collector.price_rates import PER_REQUEST, Tariff, make_rates
from collector.semconv.providers import ALIASES
from collector.store.records import PriceOverride

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

_RATE_NAMES = {"output_reasoning_mtok": "reasoning"}
"""genai-prices' keys whose rates we call otherwise."""
_PER_MTOK = "_mtok"
MAX_NAME = 300
"""Of a model: what is longer is none."""


class Listing:
    """A model of the list with its prices through time."""

    def __init__(
        self, provider: Provider, model: ModelInfo, version: str, discount: PriceOverride | None = None
    ) -> None:
        prices = model.prices
        dated = [(c.constraint, c.prices) for c in prices] if isinstance(prices, list) else [(None, prices)]
        self._discount = discount
        self._tariffs: list[tuple[Constraint | None, Tariff | None]] = []
        for constraint, valid in dated:
            since: date | None = getattr(constraint, "start_date", None)
            origin: dict[str, object] = {
                "source": "genai-prices",
                "version": version,
                "provider": provider.id,
                "model": model.id,
                "since": since and since.isoformat(),
            }
            if discount:
                off = (discount.discount_ppm or 0) / 10_000
                origin |= {"source": "override", "override": discount.id, "discount_percent": off}
            self._tariffs.append((constraint, _tariff(valid, origin, discount)))

    def tariff(self, time_ns: int) -> Tariff | None:
        """What was valid at that time; None when the price isn't one of tokens, or the discount wasn't given then."""
        if self._discount and not self._discount.is_valid(time_ns):
            return None
        if len(self._tariffs) == 1:
            return self._tariffs[0][1]
        at = datetime.fromtimestamp(time_ns / 1e9, UTC)
        for constraint, tariff in reversed(self._tariffs):
            if constraint is None or constraint.active(at):
                return tariff
        return self._tariffs[0][1]


class PriceList:
    """The prices that all know: those that came with genai-prices, or a newer list that was fetched and saved."""

    def __init__(self, saved: SavedList | None = None) -> None:
        """Takes about 1.5 s and 80 MB the first time in a process. Raises ValueError for a file that is no list."""
        package = importlib.import_module("genai_prices")  # not at the top: whoever prices nothing needn't pay for it
        snapshot = importlib.import_module("genai_prices.data_snapshot")
        self.version: str = package.__version__
        self._providers: list[Provider]
        if saved:
            self.version, self._providers = saved.read()
        else:
            self._providers = snapshot.get_snapshot().providers
        self._provider_by_id = snapshot.find_provider_by_id

    def find(self, provider: str | None, model: str, discount: PriceOverride | None = None) -> Listing | None:
        """The listing of a model as its provider sells it, None when it isn't on the list. Slow: keep the answer."""
        if provider in _SELF_HOSTED or len(model) > MAX_NAME:
            return None
        for maker, name in self._candidates(provider, model):
            if found := maker.find_model(name, all_providers=self._providers):
                return Listing(maker, found, self.version, discount)
        return None

    def models(self) -> tuple[str, ...]:
        """The models of the list, as their makers call them."""
        makers = (provider for provider in self._providers if provider.model_match is not None)
        return tuple(sorted({model.id for maker in makers for model in maker.models}))

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


def _tariff(price: ModelPrice, origin: dict[str, object], discount: PriceOverride | None) -> Tariff | None:
    rates = {key: value for key, value in vars(price).items() if value is not None and not key.startswith("_")}
    if not rates and str(origin["model"]).endswith(":free"):
        rates = {"input_mtok": Decimal(0), "output_mtok": Decimal(0)}
    by_tokens = {key for key, value in rates.items() if key.endswith(_PER_MTOK) and value}
    if not rates or (not by_tokens and any(not key.endswith((_PER_MTOK, "_kcount")) for key in rates)):
        return None  # nothing is known, or it is sold by the minute, the page or the character
    kept = 1 - Decimal(discount.discount_ppm or 0) / 1_000_000 if discount else Decimal(1)
    starts = {tier.start for value in rates.values() for tier in getattr(value, "tiers", ())}
    return tuple(
        (start, make_rates(_usd(rates, start, kept), origin | ({"above_input_tokens": start} if start >= 0 else {})))
        for start in sorted({-1, *starts}, reverse=True)
    )


def _usd(rates: dict[str, Decimal | TieredPrices], start: int, kept: Decimal) -> dict[str, Decimal]:
    """By the names that `make_rates` knows, above `start` input tokens, after the discount."""
    usd = {
        _RATE_NAMES.get(key, key.removesuffix(_PER_MTOK)): _at(value, start) * kept
        for key, value in rates.items()
        if key.endswith(_PER_MTOK)
    }
    if "requests_kcount" in rates:
        usd[PER_REQUEST] = _at(rates["requests_kcount"], start) * kept / 1_000
    return usd


def _at(value: Decimal | TieredPrices, start: int) -> Decimal:
    """The price above `start` input tokens."""
    if isinstance(value, Decimal):
        return value
    return next((tier.price for tier in reversed(value.tiers) if tier.start <= start), value.base)
