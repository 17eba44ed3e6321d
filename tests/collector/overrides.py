"""Builders of prices of one's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from collector.price_overrides import parse_override
from collector.store.records import PriceOverride


def override(model: str, id: str = "a", *, created_ns: int = 1, **said: Any) -> PriceOverride:
    """As a person would write it; `since` and `until` stand for from and to. Without rates: 1 in, 2 out."""
    said = {{"since": "from", "until": "to"}.get(name, name): value for name, value in said.items()}
    if not said.keys() & {"input", "output", "per_request", "discount"}:
        said |= {"input": 1, "output": 2}
    return parse_override({"model": model, **said}, id=id, created_ns=created_ns)


def nanoseconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 10**9
