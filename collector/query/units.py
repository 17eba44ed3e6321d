"""Numbers with units: 500ms, $0.01, 1.5k. Whole numbers of ns, nano-dollars or tokens inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from collector.query.fields import Unit

_TIMES: Mapping[str, int] = MappingProxyType(
    {
        "h": 3_600_000_000_000,
        "m": 60_000_000_000,
        "min": 60_000_000_000,
        "s": 1_000_000_000,
        "ms": 1_000_000,
        "us": 1_000,
        "ns": 1,
    }
)
_COUNTS: Mapping[str, int] = MappingProxyType({"": 1, "k": 1_000, "m": 1_000_000})
_MONEY: Mapping[str, int] = MappingProxyType({"": 1_000_000_000})
_SIZES: Mapping[Unit, Mapping[str, int]] = MappingProxyType({"time": _TIMES, "count": _COUNTS, "money": _MONEY})
EXAMPLES: Mapping[Unit, str] = MappingProxyType(
    {
        "time": "a length of time such as 500ms, 2s, 3m or 1h",
        "money": "an amount in US dollars such as 0.01",
        "count": "a number such as 1000 or 1k",
    }
)
_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,12})?|\.\d{1,12})([a-z]*)", re.ASCII)
_MOST = 2**63 - 1


def read_number(text: str, unit: Unit) -> int | None:
    """None for what is no such number, or one too large for the database."""
    text = text.lower().removeprefix("$") if unit == "money" else text.lower()
    found = _NUMBER.fullmatch(text)
    size = _SIZES[unit].get(found[2]) if found else None
    if found is None or size is None:
        return None
    number = int(Decimal(found[1]) * size)
    return number if number <= _MOST else None


def write_number(number: int, unit: Unit) -> str:
    """The shortest text that `read_number` reads as the same number."""
    if unit == "money":
        return f"{Decimal(number) / _MONEY['']:f}"
    fitting = {name: size for name, size in _SIZES[unit].items() if number and number % size == 0 and name != "min"}
    name = max(fitting, key=fitting.__getitem__, default="" if unit == "count" else "s")
    return f"{number // _SIZES[unit][name]}{name}"
