"""Hours and days of a time zone, in SQL and in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, literal

from collector.store.records import Period

SECOND_NS = 10**9
HOUR_NS = 3_600 * SECOND_NS
DAY_NS = 24 * HOUR_NS
_EPOCH = date(1970, 1, 1)


def step_number(time_ns: ColumnElement[int], period: Period, zone: str, step_ns: int) -> ColumnElement[int]:
    """The number of the local hour or day since 1970 of a time within the period.

    A zone's clock changes once or twice a year: the condition has a branch for each offset that the period sees.
    """
    *changes, (_, last_ns) = _offsets(period, ZoneInfo(zone))
    local = (time_ns + literal(last_ns)) // literal(step_ns)
    if not changes:
        return local
    whens = [
        (time_ns < until_ns, (time_ns + literal(offset_ns)) // literal(step_ns)) for until_ns, offset_ns in changes
    ]
    return case(*whens, else_=local)


def has_whole_hours(period: Period, zone: str) -> bool:
    """Whether the zone's days begin at whole hours of UTC: those of India, say, don't."""
    return all(offset_ns % HOUR_NS == 0 for _, offset_ns in _offsets(period, ZoneInfo(zone)))


def step_start_ns(number: int, zone: str, step_ns: int) -> int:
    """When the local hour or day of that number begins."""
    if step_ns == DAY_NS:
        midnight = _EPOCH + timedelta(days=number)
        return int(datetime(midnight.year, midnight.month, midnight.day, tzinfo=ZoneInfo(zone)).timestamp()) * SECOND_NS
    wall = datetime(1970, 1, 1) + timedelta(hours=number)
    return int(wall.replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND_NS


def days_before(time_ns: int, days: int, zone: str) -> int:
    """The start of the local day that lies so many days before the day of that time."""
    local = datetime.fromtimestamp(time_ns // SECOND_NS, ZoneInfo(zone)).date() - timedelta(days=days)
    return int(datetime(local.year, local.month, local.day, tzinfo=ZoneInfo(zone)).timestamp()) * SECOND_NS


def month_bounds_ns(time_ns: int, zone: str) -> tuple[int, int]:
    """When the local month of that time begins and ends."""
    first = datetime.fromtimestamp(time_ns // SECOND_NS, ZoneInfo(zone)).date().replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    start, end = (datetime(day.year, day.month, 1, tzinfo=ZoneInfo(zone)) for day in (first, following))
    return int(start.timestamp()) * SECOND_NS, int(end.timestamp()) * SECOND_NS


def calendar_bounds_ns(time_ns: int, length: str, zone: str) -> tuple[int, int]:
    """When the local day, week (from Monday) or month of that time begins and ends."""
    if length == "month":
        return month_bounds_ns(time_ns, zone)
    today = datetime.fromtimestamp(time_ns // SECOND_NS, ZoneInfo(zone)).date()
    back, days = (today.weekday(), 7) if length == "week" else (0, 1)
    return days_before(time_ns, back, zone), days_before(time_ns, back - days, zone)


def _offsets(period: Period, zone: ZoneInfo) -> list[tuple[int, int]]:
    """(until when, offset from UTC in nanoseconds), by time; the last is valid to the end."""
    found: list[tuple[int, int]] = []
    at, end = period.start_ns // HOUR_NS * HOUR_NS, period.end_ns
    offset = _offset_ns(at, zone)
    while at < end:
        later = min(at + DAY_NS, end)
        if _offset_ns(later, zone) != offset:
            later = _change_between(at, later, zone)
            found.append((later, offset))
            offset = _offset_ns(later, zone)
        at = later
    return [*found, (end, offset)]


def _change_between(low_ns: int, high_ns: int, zone: ZoneInfo) -> int:
    """When the clock changes, to the second."""
    offset, low, high = _offset_ns(low_ns, zone), low_ns // SECOND_NS, -(-high_ns // SECOND_NS)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_ns(middle * SECOND_NS, zone) == offset:
            low = middle
        else:
            high = middle
    return high * SECOND_NS


def _offset_ns(time_ns: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(time_ns // SECOND_NS, UTC).astimezone(zone).utcoffset() or timedelta()
    return int(offset.total_seconds()) * SECOND_NS
