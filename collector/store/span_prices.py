"""Prices that spans were counted by: few, and long. A span's row has the id of its own; the text is stored once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from collector.store.rows import SpanRow

_TEXT = "{"
"""What the text itself begins with, as it stands in rows of older versions; no id does."""


@dataclass(slots=True, kw_only=True)
class SpanPriceRow:
    price_id: str
    """Of its content."""
    content: str
    """JSON: the rates that were used, where they come from and their date."""


def price_id(price: str | None) -> str | None:
    """price: as a `SpanRow` has it, which may be loaded: the text, or its id."""
    return _id(price) if price is not None and price.startswith(_TEXT) else price


def prices_of(spans: Iterable[SpanRow]) -> list[SpanPriceRow]:
    """Whose texts the spans have, by id."""
    texts = {span.price for span in spans}
    found = {_id(text): text for text in texts if text is not None and text.startswith(_TEXT)}
    return [SpanPriceRow(price_id=id, content=found[id]) for id in sorted(found)]


@lru_cache(maxsize=4_096)
def _id(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
