"""Attributes of a span as rows that can be searched."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from app.format import one_line

_CUT = 300
"""Characters of a value in its row; all of it is shown beside."""


def attribute_rows(values: Mapping[str, object], wanted: str = "") -> pd.DataFrame:
    """A row an attribute by name. `wanted` has to stand in its name or value, in any case.

    Columns: name (exactly as sent), shown_name, type, value (one line, cut).
    """
    words = wanted.casefold().split()
    rows = [
        (name, one_line(name), kind(value), one_line(text[:_CUT]) + ("…" if len(text) > _CUT else ""))
        for name, value in sorted(values.items())
        for text in (value_text(value),)
        if all(word in name.casefold() or word in text.casefold() for word in words)
    ]
    return pd.DataFrame(rows, columns=["name", "shown_name", "type", "value"])


def value_text(value: object) -> str:
    """All of a value: texts as they are, everything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, ensure_ascii=False, default=_bytes_or_text)


def kind(value: object) -> str:
    """What OTLP calls it, in words."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, (list, tuple)):
        return f"list of {len(value)}"
    if isinstance(value, dict):
        return f"map of {len(value)}"
    return {str: "text", bytes: "bytes, as hex", type(None): "empty"}.get(type(value), type(value).__name__)


def _bytes_or_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
