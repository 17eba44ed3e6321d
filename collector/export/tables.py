"""Records as CSV and as a JSON list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import orjson

from collector.store.records import Score

_ROWS_A_PIECE = 200
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With the full-width signs that some spreadsheets read as the others."""


def csv_lines(records: Iterable[Any], kind: type) -> Iterator[bytes]:
    """A line of names, then a row each. `started` stands beside start_ns as a UTC time that spreadsheets read.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    names = [field.name for field in fields(kind)]
    yield _written([["started", *names]])
    rows = iter(records)
    while some := list(islice(rows, _ROWS_A_PIECE)):
        yield _written([_utc(r.start_ns), *(cell(getattr(r, name)) for name in names)] for r in some)


def json_pieces(records: Iterable[Any]) -> Iterator[bytes]:
    """A list with one record a line."""
    yield b"["
    before = b"\n"
    for record in records:
        yield before + orjson.dumps(asdict(record))
        before = b",\n"
    yield b"\n]\n"


def cell(value: object) -> object:
    """Numbers as they are, unknown empty, texts without the power of a formula."""
    if value is None or isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else _text(value)
    text = text.replace("\0", "")
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _text(value: object) -> str:
    if isinstance(value, tuple) and not any(isinstance(item, Score) for item in value):
        return ", ".join(map(str, value))
    return orjson.dumps(value).decode() if value else ""


def _written(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _utc(ns: int) -> str:
    """To the millisecond."""
    try:
        time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ns // 10**6)
    except OverflowError:
        return ""
    return f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03d}"
