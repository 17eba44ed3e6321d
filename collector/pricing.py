"""What a model call cost: (provider, models, usage, time) -> Cost, or None for unknown.

A cost that the span reported stands. Else a price of one's own decides (`price_overrides`), else genai-prices' list by
the model that answered, else by the model asked for. Only genai-prices' data is used: its own calculation takes up to
half a millisecond a call; this one takes a few microseconds and agrees with it to the nano-dollar.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import orjson

from collector.charges import Cost, Counts, charge
from collector.price_file import SavedList
from collector.price_list import PriceList
from collector.price_overrides import by_precedence, own_rates
from collector.price_rates import Tariff
from collector.store.records import PriceInForce, PriceOverride
from collector.store.rows import SpanRow

MAX_NUSD = 2**63 - 1
"""The largest sum a column holds: nine billion dollars."""
BILLABLE_KINDS = frozenset({"llm", "embedder", "reranker", "transcriber", "speaker"})
_CACHED_MODELS = 4_096
_RATES_TOLD = (
    "input_per_mtok",
    "output_per_mtok",
    "cache_read_per_mtok",
    "cache_write_per_mtok",
    "cache_write_1h_per_mtok",
    "per_request",
)

log = logging.getLogger(__name__)

_lock = threading.Lock()
_loaded: tuple[SavedList | None, PriceList] | None = None


class Found(NamedTuple):
    """A price that may be for a call, if it is valid then."""

    cost_source: str
    """override or computed."""
    tariff: Callable[[int], Tariff | None]
    """By the start of the call in nanoseconds."""


class PriceBook:
    """The prices in force at one moment: the overrides and the list. Never changes; a change makes another book."""

    def __init__(self, overrides: Sequence[PriceOverride] = (), saved_list: SavedList | None = None) -> None:
        self.overrides = tuple(overrides)
        self.saved_list = saved_list
        self._find = lru_cache(_CACHED_MODELS)(lambda *call: tuple(self._candidates(*call)))

    def load(self) -> PriceList:
        """The price list, read on the first call; a start-up thread may do it ahead."""
        return load(self.saved_list)

    def tariff(self, provider: str | None, models: tuple[str | None, ...], time_ns: int) -> tuple[str, Tariff] | None:
        """The source of the cost and the rates. models: the one that answered, then the one asked for."""
        for source, tariff_at in self._find(provider, models):
            if tariff := tariff_at(time_ns):
                return source, tariff
        return None

    def price(self, provider: str | None, models: tuple[str | None, ...], usage: Counts, time_ns: int) -> Cost | None:
        """None when no price is known, or when a part of the usage has none."""
        found = self.tariff(provider, models, time_ns)
        return charge(found[1], usage, is_billed=False) if found else None

    def in_force(self, provider: str | None, models: tuple[str | None, ...], time_ns: int) -> PriceInForce | None:
        """What a call would cost at that moment, for people to read; None when no price is known."""
        found = self.tariff(provider, models, time_ns)
        return _told(found[1]) if found else None

    def price_span(self, row: SpanRow) -> None:
        """Fills the cost of a row. A reported cost stays; an unknown one stays unknown."""
        if row.cost_nusd is not None or row.pending:
            return
        if row.input_tokens is None and not (self.overrides and _is_billed(row)):
            return
        found = self.tariff(row.provider, (row.response_model, row.request_model), row.start_ns)
        if found is None:
            return
        source, tariff = found
        cost = charge(tariff, row, is_billed=source == "override" and _is_billed(row))
        if cost is None or cost.total_nusd > MAX_NUSD:
            return
        row.cost_source = source
        (
            row.cost_nusd,
            row.input_cost_nusd,
            row.cache_read_cost_nusd,
            row.cache_write_cost_nusd,
            row.output_cost_nusd,
            row.price,
        ) = cost

    def _candidates(self, provider: str | None, models: tuple[str | None, ...]) -> Iterator[Found]:
        """The prices for such calls, those that decide first."""
        named = [model for model in models if model]
        for override in by_precedence(self.overrides, provider, named):
            if override.discount_ppm is None:
                yield Found("override", own_rates(override).tariff)
            else:
                discounted = (self.load().find(provider, model, override) for model in named)
                yield from (Found("override", listing.tariff) for listing in discounted if listing)
        listings = (self.load().find(provider, model) for model in named)
        yield from (Found("computed", listing.tariff) for listing in listings if listing)


def load(saved: SavedList | None = None) -> PriceList:
    """The price list of this process: the saved one, or where that is missing or broken the one that came along."""
    global _loaded
    if _loaded is None or _loaded[0] != saved:
        with _lock:
            if _loaded is None or _loaded[0] != saved:
                _loaded = saved, _read(saved)
    return _loaded[1]


def _read(saved: SavedList | None) -> PriceList:
    try:
        return PriceList(saved)
    except ValueError as error:
        log.warning("%s; using the list that came with genai-prices", error)
        return PriceList()


LISTED = PriceBook()
"""Nothing but the list that came along."""


def price(provider: str | None, models: tuple[str | None, ...], usage: Counts, time_ns: int) -> Cost | None:
    """By the first of the models that is on the list. None when none is, or when a part of the usage has no price."""
    return LISTED.price(provider, models, usage, time_ns)


def price_span(row: SpanRow) -> None:
    """Fills the cost of a row by the list alone."""
    LISTED.price_span(row)


def _told(tariff: Tariff) -> PriceInForce:
    """By the rates of the smallest requests."""
    told = orjson.loads(tariff[-1][1].price)
    is_listed = "version" in told
    return PriceInForce(
        source=told["source"],
        version=told.get("version"),
        override_id=told.get("override"),
        discount_percent=told.get("discount_percent"),
        listed_as=f"{told['provider']}/{told['model']}" if is_listed else None,
        since=told["since"],
        above_input_tokens=tariff[-2][0] if len(tariff) > 1 else None,
        **{name: told.get(name) for name in _RATES_TOLD},
    )


def _is_billed(row: SpanRow) -> bool:
    """Whether a call costs something though it says nothing of its tokens: a fee, or a known nothing."""
    return row.kind in BILLABLE_KINDS and row.status != "error" and row.output_tokens is None
