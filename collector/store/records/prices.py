"""Prices that a person sets, the models they are for, and what re-pricing would change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

FILE_ID = "file:"
"""How the id of an override from a file begins: it is changed there, not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOverride:
    """A price of one's own for a model: rates, or a discount on the listed price.

    Money is in integer nano-dollars, for a million tokens unless the name says otherwise. A rate that is None follows
    another one (`collector.price_overrides`); 0 is a price too.
    """

    id: str
    model: str
    """As a call names it, or a pattern with `*`, `?` and `[...]`."""
    provider: str | None = None
    """OpenTelemetry's name; None for any."""
    valid_from_ns: int | None = None
    """Start of the first call that it is for; None: since ever."""
    valid_to_ns: int | None = None
    """It is for calls that start before; None: until further notice."""
    input_nusd_per_mtok: int | None = None
    output_nusd_per_mtok: int | None = None
    cache_read_nusd_per_mtok: int | None = None
    cache_write_nusd_per_mtok: int | None = None
    cache_write_1h_nusd_per_mtok: int | None = None
    reasoning_nusd_per_mtok: int | None = None
    input_audio_nusd_per_mtok: int | None = None
    output_audio_nusd_per_mtok: int | None = None
    request_nusd: int | None = None
    """A fee a call."""
    discount_ppm: int | None = None
    """Millionths off the listed price; without rates then."""
    note: str | None = None
    created_ns: int = 0

    @property
    def is_from_file(self) -> bool:
        return self.id.startswith(FILE_ID)

    def is_valid(self, time_ns: int) -> bool:
        """Whether it is for calls that start then."""
        begun = self.valid_from_ns is None or self.valid_from_ns <= time_ns
        return begun and (self.valid_to_ns is None or time_ns < self.valid_to_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenModel:
    """A model of the ledger, by the names a call gives. None of the sums contains what is counted elsewhere."""

    provider: str | None
    model: str
    """The one asked for, else the one that answered: the ledger's name."""
    answering_model: str | None
    """The one that answered its newest call."""
    calls: int
    unpriced_calls: int
    unpriced_input_tokens: int | None
    """Of the calls without a known cost."""
    unpriced_output_tokens: int | None
    newest_ns: int
    """Start of the quarter-hour of its newest call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceInForce:
    """What a call of a model costs at one moment, in US dollars for a million tokens."""

    source: str
    """override or genai-prices."""
    version: str | None
    """Of the price list; None for rates of one's own."""
    override_id: str | None
    discount_percent: float | None
    listed_as: str | None
    """Provider and model under which the list has it."""
    since: str | None
    """First day, ISO; None when it is not known."""
    above_input_tokens: int | None
    """Set when larger requests cost more: where that begins. The rates are those below it."""
    input_per_mtok: float | None = None
    output_per_mtok: float | None = None
    cache_read_per_mtok: float | None = None
    cache_write_per_mtok: float | None = None
    cache_write_1h_per_mtok: float | None = None
    per_request: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepricedLine:
    """The calls of one model on one day (UTC), before and after. Money in nano-dollars, None when all is unknown."""

    day: date
    provider: str | None
    model: str | None
    calls: int
    before_nusd: int | None
    after_nusd: int | None
    unpriced_before: int
    unpriced_after: int

    @property
    def is_changed(self) -> bool:
        return (self.before_nusd, self.unpriced_before) != (self.after_nusd, self.unpriced_after)

    @property
    def difference_nusd(self) -> int:
        """What is unknown counts as nothing here."""
        return (self.after_nusd or 0) - (self.before_nusd or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repricing:
    """What pricing the calls of a period again would change, or has changed."""

    lines: tuple[RepricedLine, ...]
    """By day, then model; those that stay as they are too."""
    changed_spans: int

    @property
    def changed_lines(self) -> tuple[RepricedLine, ...]:
        return tuple(line for line in self.lines if line.is_changed)

    @property
    def before_nusd(self) -> int:
        return sum(line.before_nusd or 0 for line in self.lines)

    @property
    def after_nusd(self) -> int:
        return sum(line.after_nusd or 0 for line in self.lines)
