"""What a list is made of: columns, and rows that are links."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from app.format import UNKNOWN, count, duration, local, money, one_line

HERE = "here"
"""A column's sort where all rows are on the page: the browser sorts them itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    id: str
    label: str
    help: str
    width: int
    """Pixels, or the share of the room that is left."""
    grows: bool = False
    right: bool = False
    opens: bool = False
    """Its text is the link of the row."""
    sort: str | None = None
    first: str = "down"
    """The direction of the first click on its head: down or up."""
    named: bool = False
    """Where rows are cards, and have no head, its label stands before its text."""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str = ""
    tone: str = ""
    """What colours it: failed, recovered, better, muted, quiet or nothing."""
    order: float | str | None = None
    """What it is sorted by; None comes last."""
    bars: tuple[int, ...] = ()
    """Drawn instead of the text, which says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: str
    href: str
    """Empty where a row leads nowhere."""
    tone: str = ""
    """The outcome that colours the row."""
    label: str
    """The row in a few words, for a screen reader."""
    cells: tuple[str | Cell, ...]
    is_chosen: bool = False


To = Callable[[str], str]
"""What a row stands for -> the address it leads to."""


def number(column: str, label: str, help_text: str, width: int) -> Column:
    """A column of figures."""
    return Column(id=column, label=label, help=help_text, width=width, right=True, sort=HERE, named=True)


def words(column: str, label: str, help_text: str, width: int, *, named: bool = False) -> Column:
    """A column of free text, which takes a share of the room."""
    return Column(id=column, label=label, help=help_text, width=width, grows=True, sort=HERE, first="up", named=named)


def when(column: str, label: str, help_text: str, width: int = 100) -> Column:
    return Column(id=column, label=label, help=help_text, width=width, sort=HERE, named=True)


def trend(label: str, help_text: str, width: int = 110) -> Column:
    return Column(id="trend", label=label, help=help_text, width=width, named=True)


def told(text: str | None, tone: str = "") -> Cell:
    line = one_line(text or "")
    return Cell(line, tone, line.casefold() or None)


def counted(value: int | None) -> Cell:
    return Cell(count(value), "muted" if value is None else "", value)


def took(ms: float | None) -> Cell:
    return Cell(duration(ms), "muted" if ms is None else "", ms)


def paid(usd: float | None) -> Cell:
    return Cell(money(usd), "muted" if usd is None else "", usd)


def averaged(value: float | None) -> Cell:
    return Cell(UNKNOWN if value is None else f"{value:.1f}", "muted" if value is None else "", value)


def at(ns: int, zone: tzinfo) -> Cell:
    then = local(ns, zone)
    return Cell(f"{then.day} {then:%b %H:%M}", "", ns)


def over_time(values: tuple[int, ...]) -> Cell:
    """As bars; in words how many there were at most."""
    return Cell(f"up to {count(max(values))} at once" if any(values) else "none", "", None, values)


def link_row(
    identity: str, to: To, label: str, cells: Mapping[str, Cell], tone: str = "", *, is_chosen: bool = False
) -> Row:
    """cells: by column, in the order of the columns."""
    return Row(
        id=identity,
        href=to(identity),
        tone=tone,
        label=one_line(label),
        cells=tuple(cells.values()),
        is_chosen=is_chosen,
    )
