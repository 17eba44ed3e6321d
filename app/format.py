"""Values as text. Pure: nothing is read, nothing is drawn. None is "unknown", never 0."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo

UNKNOWN = "unknown"
NBSP = "\u00a0"
MINUS = "\u2212"
_JOINER = "\u2060"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_LINK_START = re.compile(r":(?=\S)|@|www(?=\.)", re.IGNORECASE)
_CELL_PADDING_PX = 8
_BEFORE_ELLIPSIS = " .,;:"
_SECOND_NS = 1_000_000_000


def duration(ms: float | None) -> str:
    """A length of time with about three digits: 0.42 ms, 385 ms, 2.16 s, 21.9 s, 2 min 14 s, 1 h 03 min, 2 d 4 h."""
    if ms is None:
        return UNKNOWN
    if ms < 0:
        return MINUS + duration(-ms)
    if ms < 999.5:
        return f"{ms:.0f}{NBSP}ms" if ms >= 10 or ms == 0 else f"{ms:.2g}{NBSP}ms"
    if ms < 59_950:
        return f"{ms / 1000:.{2 if ms < 9_995 else 1}f}{NBSP}s"
    seconds = round(ms / 1000)
    if seconds < 3600:
        return _two(seconds, 60, "min", "s")
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return _two(minutes, 60, "h", "min")
    return _two(round(minutes / 60), 24, "d", "h")


def _two(number: int, size: int, unit: str, smaller: str) -> str:
    """134 as 2 min 14 s, 120 as 2 min."""
    whole, rest = divmod(number, size)
    return f"{whole}{NBSP}{unit} {rest:02d}{NBSP}{smaller}" if rest else f"{whole}{NBSP}{unit}"


def duration_ns(ns: int | None) -> str:
    return duration(None if ns is None else ns / 1e6)


def money(usd: float | None, digits: int | None = None) -> str:
    """US dollars: $14.72 from one dollar up, $0.0582 below, <$0.0001 for less, "unknown" for None.

    digits: how many after the point, instead of two or four.
    """
    if usd is None:
        return UNKNOWN
    if usd < 0:
        return MINUS + money(-usd, digits)
    if usd == 0:
        return "$0"
    places = digits if digits is not None else (2 if usd >= 0.99995 else 4)
    smallest = 10.0**-places
    return f"<${smallest:.{places}f}" if usd < smallest / 2 else f"${usd:,.{places}f}"


def count(number: int | None) -> str:
    """A whole number with thousands separators: 12,241."""
    return UNKNOWN if number is None else f"{number:,}"


def compact(number: float | None) -> str:
    """A number with three digits and a unit: 742, 12.2 k, 7.78 M."""
    if number is None:
        return UNKNOWN
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(number) >= limit:
            value = number / (1e3 if unit == "k" else limit)
            return f"{value:.{2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0}f}{NBSP}{unit}"
    return f"{number:,.0f}"


def plural(number: int, noun: str, plural_noun: str | None = None) -> str:
    """1 run, 940 runs."""
    return f"{number:,} {noun if number == 1 else plural_noun or noun + 's'}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share from 0 to 1 as 5.7 %."""
    return UNKNOWN if share is None else f"{share * 100:.{digits}f}{NBSP}%".replace("-", MINUS)


def change(now: float | None, before: float | None) -> str | None:
    """How much `now` is above or below `before`: +7 %, −3 %, 0 %. None when that can't be said."""
    if now is None or not before:
        return None
    relative = (now / before - 1) * 100
    if abs(relative) >= 999.5:
        return f"×{now / before:.0f}" if relative > 0 else None
    text = f"{relative:+.0f}{NBSP}%"
    return f"0{NBSP}%" if text[1:2] == "0" else text.replace("-", MINUS)


def points(now: float | None, before: float | None) -> str | None:
    """The difference of two shares in percentage points: +0.6 pt. None when one is unknown."""
    if now is None or before is None:
        return None
    text = f"{(now - before) * 100:+.1f}"
    return ("0.0" if text[1:] == "0.0" else text.replace("-", MINUS)) + f"{NBSP}pt"


def signed(change: float, amount: str) -> str:
    """The amount of a change with its sign: +1.50 s, −$0.0094; "0" for none."""
    return f"{'+' if change > 0 else MINUS}{amount}" if change else "0"


def local(ns: int, zone: tzinfo) -> datetime:
    """A time in nanoseconds since 1970 UTC as the viewer's time; nanoseconds are cut to microseconds."""
    seconds, rest = divmod(ns, _SECOND_NS)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    try:
        return (epoch + timedelta(seconds=seconds, microseconds=rest // 1000)).astimezone(zone)
    except OverflowError:
        return datetime.max.replace(tzinfo=zone)


def clock(ns: int | None, zone: tzinfo) -> str:
    """14:03:22"""
    return UNKNOWN if ns is None else f"{local(ns, zone):%H:%M:%S}"


def roughly(usd: float) -> str:
    """A forecast with no more digits than it is worth."""
    return money(usd, 0) if usd >= 9.5 else money(usd)


def moment(ns: int | None, zone: tzinfo, now_ns: int) -> str:
    """14:03:22 today, 21 Nov 14:03 this year, 2025-11-21 14:03 before."""
    if ns is None:
        return UNKNOWN
    then, now = local(ns, zone), local(now_ns, zone)
    if then.date() == now.date():
        return f"{then:%H:%M:%S}"
    return f"{then.day} {then:%b %H:%M}" if then.year == now.year else f"{then:%Y-%m-%d %H:%M}"


def between(start_ns: int, end_ns: int, zone: tzinfo, joint: str = " – ") -> str:
    """21 Nov 10:00 – 22 Nov 09:00; within a day 22 Nov 09:00 – 10:15; with the year where it is not that of the end."""
    start, end = local(start_ns, zone), local(end_ns, zone)
    form = "%H:%M" if not (start.second or end.second) else "%H:%M:%S"
    day = f"{start.day} {start:%b}" if start.year == end.year else f"{start.day} {start:%b %Y}"
    last = (
        ""
        if start.date() == end.date()
        else f"{end.day} {end:%b} "
        if start.year == end.year
        else f"{end.day} {end:%b %Y} "
    )
    return f"{day} {start:{form}}{joint}{last}{end:{form}}"


def one_line(text: str) -> str:
    """The text without line breaks, control and direction characters, runs of white space as one blank."""
    kept = (char for char in text if char.isspace() or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})
    return " ".join("".join(kept).split())


def escape_markdown(text: str) -> str:
    """One line of text that Streamlit's markdown shows as it stands: no style, link, image, icon or formula.

    Every ASCII punctuation mark gets a backslash. Links, emoji and icons are also found in the text after
    parsing, so an invisible word joiner is put where one of those could begin.
    """
    return _PUNCTUATION.sub(r"\\\1", _LINK_START.sub(r"\g<0>" + _JOINER, one_line(text)))


def fit(text: str | None, width_px: int, size_px: float = 12) -> str | None:
    """One line of the text, cut with an ellipsis where a table cell of that width would cut it mid-letter."""
    if text is None:
        return None
    line, used, end = one_line(text), 2.0 * _CELL_PADDING_PX, 0
    for position, char in enumerate(line):
        used += _width(char) * size_px / 13
        if used + _width("…") * size_px / 13 <= width_px:
            end = position + 1
        elif used > width_px:
            return line[:end].rstrip(_BEFORE_ELLIPSIS) + "…"
    return line


def cut(text: str, length: int) -> str:
    """One line of at most `length` characters, the last one an ellipsis when something is missing."""
    line = one_line(text)
    return line if len(line) <= length else line[: length - 1].rstrip(_BEFORE_ELLIPSIS) + "…"


def round_parts(parts: list[float], digits: int = 2) -> list[float]:
    """Parts rounded so that they add up to the rounded total (largest remainder)."""
    unit = 10**digits
    scaled = [part * unit for part in parts]
    floors = [math.floor(value) for value in scaled]
    missing = round(sum(scaled)) - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda i: floors[i] - scaled[i])
    for index in by_remainder[:missing]:
        floors[index] += 1
    return [value / unit for value in floors]


def text_width(text: str, size_px: float) -> float:
    """About the width of a line in Inter, in pixels, a little more rather than less."""
    return sum(_width(char) for char in text) * size_px / 13


def _width(char: str) -> float:
    """Of one letter at 13 px."""
    for width, letters in _WIDTHS:
        if char in letters:
            return width
    return 13.0 if unicodedata.east_asian_width(char) in "WF" else 8.3


_WIDTHS = (
    (3.3, "Iijl"),
    (4.2, " !',.:;`t|"),
    (5.1, "1()/[]\\fr"),
    (6.2, '"-^_{}'),
    (7.3, "7*?JLacksvxyz"),
    (9.2, "+<=>ABCDKVXY~"),
    (10.2, "GHNOQU"),
    (11.6, "mwM…"),
    (13.0, "%@W"),
)
