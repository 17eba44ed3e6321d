"""Money and times as a report prints them. What is printed adds up as printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from collector.store.records import Period

NANO = 10**9
MINUS = "\u2212"
UNKNOWN = "unknown"


def digits_for(largest_nusd: int) -> int:
    """Two from a dollar up, else four."""
    return 2 if largest_nusd >= NANO else 4


def money(nusd: int | None, digits: int) -> str:
    if nusd is None:
        return UNKNOWN
    text = f"${abs(nusd) / NANO:,.{digits}f}"
    return MINUS + text if nusd < 0 and text.strip("$0.,") else text


def signed(nusd: int | None, digits: int) -> str:
    text = money(nusd, digits)
    return f"+{text}" if nusd is not None and nusd > 0 and text.strip("$0.,") else text


def change(now: int | None, before: int | None) -> str:
    """In percent; empty where that can't be said."""
    return "" if now is None or not before else f"{(now / before - 1) * 100:+.1f} %".replace("-", MINUS)


def printed(nusd: int, digits: int) -> int:
    """As it is printed, in nano-dollars."""
    unit = unit_of(digits)
    return (2 * nusd + unit) // (2 * unit) * unit


def unit_of(digits: int) -> int:
    """Of the last digit that is printed, in nano-dollars."""
    return int(10 ** (9 - digits))


def adding_up(parts: Sequence[int], total: int, digits: int) -> list[int]:
    """Rounded as they are printed, and by largest remainder, so that they add up to the rounded total."""
    unit = unit_of(digits)
    down = [part // unit for part in parts]
    left = printed(total, digits) // unit - sum(down)
    order = sorted(range(len(parts)), key=lambda at: (-(parts[at] % unit), at))
    for at in range(abs(left)):
        down[order[at % len(order)]] += 1 if left > 0 else -1
    return [units * unit for units in down]


def days(period: Period, zone: str) -> str:
    """1 to 22 November 2026; with the time of day where the period ends within one."""
    start, end = (datetime.fromtimestamp(ns // NANO, ZoneInfo(zone)) for ns in (period.start_ns, period.end_ns))
    clock = "" if (end.hour, end.minute) == (0, 0) else f", {end:%H:%M}"
    last = end if clock else end - timedelta(seconds=1)
    first = "" if (start.day, start.month) == (last.day, last.month) else f"{start.day} to "
    return f"{first}{last.day} {last:%B %Y}{clock}"
