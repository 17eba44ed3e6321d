"""The orders that traces are listed in, and how a database reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Engine, RowMapping, func, true

from collector.errors import BadQuery
from collector.store.dialect import is_sqlite
from collector.store.filters import TRACE
from collector.store.reads.few import INDEXED
from collector.store.records import TraceFilter

_TEXT_SORTS = ("outcome", "workflow")
_INDEXED_SORTS = ("outcome", "workflow", "duration_ms", "total_tokens", "cost_usd")
_LONG_NS = 2 * 24 * 3600 * 10**9
TOTAL_TOKENS = INDEXED["tokens"]
SORTS: dict[str, ColumnElement[Any]] = {
    "start_ns": TRACE.c.start_ns,
    "outcome": TRACE.c.outcome,
    "workflow": func.coalesce(TRACE.c.workflow, ""),
    "duration_ms": INDEXED["duration"],
    "total_tokens": TOTAL_TOKENS,
    "cost_usd": INDEXED["cost"],
}


def order(sort: str) -> tuple[ColumnElement[Any], bool]:
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        raise BadQuery(f"sort: expected one of {', '.join(SORTS)}, with - in front for descending; got {sort!r}")
    return column, sort.startswith("-")


def reads_in_order(engine: Engine, wanted: TraceFilter, sort: str) -> bool:
    """Whether an index of this order is read until the page is full. SQLite, which knows nothing of how many rows
    there are, would sort all traces of the period; that is the better way only for few of them, or for a few that
    a filter leaves."""
    is_filtered = wanted != TraceFilter(period=wanted.period)
    is_long = wanted.period is None or wanted.period.length_ns > _LONG_NS
    return is_sqlite(engine.dialect) and sort.removeprefix("-") in _INDEXED_SORTS and is_long and not is_filtered


def keys_of(sort: str, column: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Indexes of texts go on with the start."""
    return (column, TRACE.c.start_ns, TRACE.c.trace_id) if _is_text(sort) else (column, TRACE.c.trace_id)


def place_of(sort: str, row: RowMapping) -> tuple[Any, ...]:
    """What the keys are of a row."""
    return tuple(row[name] for name in ("sort_value", *(("start_ns",) if _is_text(sort) else ()), "trace_id"))


def types_of(sort: str) -> tuple[type, ...]:
    return (str, int, str) if _is_text(sort) else (int, str)


def _is_text(sort: str) -> bool:
    return sort.removeprefix("-") in _TEXT_SORTS


_Stretch = tuple[tuple[ColumnElement[Any], ...], ColumnElement[bool], tuple[Any, ...] | None]
"""Keys to order by, what lies in it, and the keys behind which it begins."""


def stretches(
    keys: tuple[ColumnElement[Any], ...], place: tuple[Any, ...] | None, *, descending: bool, in_order: bool
) -> Iterator[_Stretch]:
    """What is read one after the other until the page is full. An index has workflows by name, and traces without one
    apart from them."""
    if not in_order or keys[0] is not SORTS["workflow"]:
        yield keys, true(), place
        return
    named: _Stretch = (
        (TRACE.c.workflow, *keys[1:]),
        TRACE.c.workflow.is_not(None),
        place if place and place[0] else None,
    )
    unnamed: _Stretch = (keys[1:], TRACE.c.workflow.is_(None), place[1:] if place and not place[0] else None)
    first, then = (named, unnamed) if descending else (unnamed, named)
    is_past_first = place is not None and bool(place[0]) != descending
    yield from (then,) if is_past_first else (first, then)
