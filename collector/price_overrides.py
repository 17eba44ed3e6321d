"""Prices of one's own: which one is for a call, and how people write them down.

An exact name comes before a pattern, a longer pattern before a shorter one; then one that names the provider, then one
for the model that answered before one for the model asked for, then the newest.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

from collector.errors import BadQuery
from collector.price_list import MAX_NAME
from collector.price_rates import PER_REQUEST, TOKEN_RATES, Tariff, make_rates
from collector.semconv.providers import ALIASES
from collector.store.records import PriceOverride

MAX_USD = Decimal(1_000_000)
"""Of a rate: anything above is a slip."""
FIELDS = ("model", "provider", "from", "to", *TOKEN_RATES, PER_REQUEST, "discount", "note")
"""What can be said of an override, by the names people use: US dollars for a million tokens, percent, dates."""

_NANO = 10**9
_COLUMNS = {name: f"{name}_nusd_per_mtok" for name in TOKEN_RATES} | {PER_REQUEST: "request_nusd"}


@dataclass(frozen=True, slots=True)
class OwnRates:
    """The rates of an override while it is valid; stands where a listing of the price list stands."""

    override: PriceOverride
    rates: Tariff

    def tariff(self, time_ns: int) -> Tariff | None:
        return self.rates if self.override.is_valid(time_ns) else None


def own_rates(override: PriceOverride) -> OwnRates:
    usd = usd_rates(override)
    if PER_REQUEST in usd and len(usd) == 1:
        usd |= {"input": Decimal(0), "output": Decimal(0)}  # a call costs the fee and nothing else
    origin = {
        "source": "override",
        "override": override.id,
        "model": override.model,
        "since": day_of(override.valid_from_ns),
    }
    return OwnRates(override, ((-1, make_rates(usd, origin)),))


def usd_rates(override: PriceOverride) -> dict[str, Decimal]:
    """What the override says, by the names of FIELDS, in US dollars."""
    said = {name: getattr(override, column) for name, column in _COLUMNS.items()}
    return {name: Decimal(nusd) / _NANO for name, nusd in said.items() if nusd is not None}


def day_of(time_ns: int | None) -> str | None:
    """ISO; with the time of day unless that is midnight in UTC."""
    if time_ns is None:
        return None
    at = datetime.fromtimestamp(time_ns // _NANO, UTC)
    return at.date().isoformat() if at == datetime.combine(at, datetime.min.time(), UTC) else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def by_precedence(
    overrides: Sequence[PriceOverride], provider: str | None, models: Sequence[str]
) -> Iterator[PriceOverride]:
    """Those that are for such a call, the one that decides first. models: the one that answered first."""
    ranked: list[tuple[tuple[object, ...], PriceOverride]] = []
    for override, (place, model) in product(overrides, enumerate(models)):
        exact = override.model.lower() == model.lower()
        named = override.provider is not None
        if (named and override.provider != provider) or len(model) > MAX_NAME:
            continue
        if exact or fnmatchcase(model.lower(), override.model.lower()):
            since = override.valid_from_ns if override.valid_from_ns is not None else -(2**63)
            rank = (exact, 0 if exact else len(override.model), named, -place, since, override.created_ns, override.id)
            ranked.append((rank, override))
    seen: set[str] = set()
    for _, override in sorted(ranked, key=lambda found: found[0], reverse=True):
        if override.id not in seen:
            seen.add(override.id)
            yield override


def new_override(said: Mapping[str, object]) -> PriceOverride:
    """As `parse_override`, from now on under an id of its own."""
    return parse_override(said, id=secrets.token_hex(4), created_ns=time.time_ns())


def parse_override(said: Mapping[str, object], *, id: str, created_ns: int) -> PriceOverride:
    """An override from what a person wrote, by the names of FIELDS; None and "" are the same as left out.

    Raises BadQuery that names the field.
    """
    given = {name: value for name, value in said.items() if value is not None and value != ""}
    if unknown := sorted(given.keys() - set(FIELDS)):
        raise BadQuery(f"{unknown[0]}: unknown; expected {', '.join(FIELDS)}")
    provider = _text(given, "provider", 100)
    nusd: dict[str, Any] = {column: _money(given, name) for name, column in _COLUMNS.items() if name in given}
    override = PriceOverride(
        id=id,
        model=_text(given, "model", 200) or "",
        provider=ALIASES.get(provider.lower(), provider.lower()) if provider else None,
        valid_from_ns=_time(given, "from"),
        valid_to_ns=_time(given, "to"),
        discount_ppm=_discount(given),
        note=_text(given, "note", 500),
        created_ns=created_ns,
        **nusd,
    )
    _check(override)
    return override


def _check(override: PriceOverride) -> None:
    if not override.model:
        raise BadQuery("model: missing; a name or a pattern such as gpt-4o*")
    since, until = override.valid_from_ns, override.valid_to_ns
    if since is not None and until is not None and until <= since:
        raise BadQuery("to: must be later than from")
    said = usd_rates(override).keys()
    if override.discount_ppm is not None and said:
        raise BadQuery("discount: is taken off the listed price, so it can't stand beside rates")
    if override.discount_ppm is None and not said:
        raise BadQuery("input: missing; give rates, a fee per request or a discount")
    if said - {PER_REQUEST} and not {"input", "output"} <= said:
        missing = "input" if "input" not in said else "output"
        raise BadQuery(f"{missing}: missing; 0 for a model that has none or costs nothing")


def _text(given: Mapping[str, object], name: str, length: int) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadQuery(f"{name}: must be text")
    if len(value.strip()) > length or not value.isprintable():
        raise BadQuery(f"{name}: must be one line of at most {length} characters")
    return value.strip() or None


def _number(given: Mapping[str, object], name: str) -> Decimal:
    value = given[name]
    try:
        number = Decimal("nan") if isinstance(value, bool) else Decimal(str(value).strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise BadQuery(f"{name}: must be a number, not {str(value)[:40]!r}")
    return number


def _money(given: Mapping[str, object], name: str) -> int:
    usd = _number(given, name)
    if not 0 <= usd <= MAX_USD:
        raise BadQuery(f"{name}: must be between 0 and {MAX_USD:,} US dollars")
    if usd * _NANO != int(usd * _NANO):
        raise BadQuery(f"{name}: has more than nine digits after the point")
    return int(usd * _NANO)


def _discount(given: Mapping[str, object]) -> int | None:
    if "discount" not in given:
        return None
    percent = _number(given, "discount")
    if not 0 < percent <= 100 or percent * 10_000 != int(percent * 10_000):
        raise BadQuery("discount: must be a percentage above 0 and up to 100")
    return int(percent * 10_000)


def _time(given: Mapping[str, object], name: str) -> int | None:
    value = given.get(name)
    return None if value is None else parse_time(value, name)


def parse_time(value: object, name: str) -> int:
    """Nanoseconds since 1970: a date is its midnight, what names no zone is UTC. Raises BadQuery that names `name`."""
    try:
        at = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        at = None
    if isinstance(at, date) and not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day)
    if not isinstance(at, datetime) or not 1970 <= at.year < 2200:
        raise BadQuery(f"{name}: must be a date such as 2026-01-31, not {str(value)[:40]!r}")
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) * _NANO
