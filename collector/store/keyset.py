"""Pages by keyset: an opaque cursor that says behind which row the next page begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, or_

from collector.errors import BadQuery


def to_cursor(*values: int | str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode()


def from_cursor(cursor: str, types: Sequence[type]) -> tuple[Any, ...]:
    """Raises BadQuery for one that is not ours."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError) as error:
        raise BadQuery("cursor: not one that this server handed out") from error
    if not isinstance(values, list) or [type(value) for value in values] != list(types):
        raise BadQuery("cursor: not one that this server handed out")
    return tuple(values)


def behind(columns: Sequence[ColumnElement[Any]], values: Sequence[Any], *, descending: bool) -> ColumnElement[bool]:
    """The rows that come after these values when they are ordered by these columns."""
    alternatives = []
    for i, (column, value) in enumerate(zip(columns, values, strict=True)):
        equal = [earlier == values[j] for j, earlier in enumerate(columns[:i])]
        alternatives.append(and_(*equal, column < value if descending else column > value))
    first = columns[0] <= values[0] if descending else columns[0] >= values[0]
    return and_(first, or_(*alternatives))


def ordered(columns: Sequence[ColumnElement[Any]], *, descending: bool) -> list[ColumnElement[Any]]:
    return [column.desc() if descending else column.asc() for column in columns]
