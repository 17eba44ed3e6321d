"""What a cost report is asked for, as a typed value, and the query string that says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo, available_timezones

from collector.store.records import Period
from collector.store.records.costs import LEDGER_DIMENSIONS, TAG, CostFilter, CostQuestion

TIMES: Mapping[str, str] = MappingProxyType(
    {"7d": "7 d", "30d": "30 d", "mtd": "Month to date", "last": "Last month", "own": "Custom"}
)
AGAINST: Mapping[str, str] = MappingProxyType(
    {"month": "same days last month", "before": "the time just before", "year": "same days last year"}
)
STEPS: Mapping[str, str] = MappingProxyType({"hour": "an hour", "day": "a day", "week": "a week", "month": "a month"})
DIMENSIONS = (*LEDGER_DIMENSIONS, TAG)
NOTHING = "nothing"
LONGEST_DAYS = 800
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_QUARTER_NS = 15 * 60 * 10**9
_MAX_FILTERS = 20
_MAX_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    time: str = "mtd"
    first_day: str | None = None
    """ISO, of a time of one's own choice."""
    last_day: str | None = None
    against: str = ""
    """Empty for what suits the time."""
    by: str = "workflow"
    then: str = NOTHING
    step: str = ""
    """Empty for what suits the time."""
    zone: str = ""
    """Empty for the one that is set for all."""
    where: tuple[tuple[str, str], ...] = ()
    """(dimension, value); an empty value stands for calls that say nothing of it."""
    model_from: str | None = None
    """What if the calls of this model ..."""
    model_to: str | None = None
    """... had gone to this one."""

    @property
    def compared(self) -> str:
        return self.against or ("month" if self.time in ("mtd", "last") else "before")

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (self.by,) if self.then in (NOTHING, self.by) else (self.by, self.then)

    def question(self, now_ns: int, zone: str) -> CostQuestion:
        zone = self.zone or zone
        now = self.window(now_ns, zone)
        return CostQuestion(
            now=now,
            before=self.window_before(now, zone),
            by=self.dimensions,
            where=self.filters(),
            zone=zone,
            hourly=self.steps(now) == "hour",
        )

    def filters(self) -> tuple[CostFilter, ...]:
        """One for each dimension: values of one are joined by OR."""
        names = dict.fromkeys(name for name, _ in self.where)
        return tuple(CostFilter(name, tuple(v or None for d, v in self.where if d == name)) for name in names)

    def steps(self, now: Period) -> str:
        days = now.length_ns / (86_400 * 10**9)
        return self.step or ("hour" if days <= 2 else "day" if days <= 92 else "week")

    def window(self, now_ns: int, zone: str) -> Period:
        """From the start of a local day, up to the quarter of an hour that began last or the end of the last day."""
        today = _local(now_ns, zone).date()
        end_ns = (now_ns // _QUARTER_NS + 1) * _QUARTER_NS
        if self.time == "own" and self.first_day and self.last_day:
            following = date.fromisoformat(self.last_day) + timedelta(days=1)
            return Period(_midnight(date.fromisoformat(self.first_day), zone), _midnight(following, zone))
        if self.time == "last":
            this_month = today.replace(day=1)
            return Period(_midnight(_months_before(this_month, 1), zone), _midnight(this_month, zone))
        if self.time in ("7d", "30d"):
            return Period(_midnight(today - timedelta(days=int(self.time[:-1]) - 1), zone), end_ns)
        return Period(_midnight(today.replace(day=1), zone), end_ns)

    def window_before(self, now: Period, zone: str) -> Period:
        """What `now` is held against: as long on the clock, unless the month before has fewer days."""
        start, end = _local(now.start_ns, zone), _local(now.end_ns, zone)
        if self.compared == "before":
            days = -(-(end - start) // timedelta(days=1))
            return Period(*(_ns(moment - timedelta(days=days), zone) for moment in (start, end)))
        months = 1 if self.compared == "month" else 12
        return Period(*(_ns(_moment_before(moment, months), zone) for moment in (start, end)))


def parse_report(params: Mapping[str, Sequence[str]]) -> CostReport:
    """What makes no sense is left out, never an error. A name that is no dimension may be a promoted one."""

    def choice(name: str, allowed: Sequence[str] | Mapping[str, str], usual: str) -> str:
        value = params.get(name, [""])[-1]
        return value if value in allowed else usual

    def dimension(name: str, usual: str) -> str:
        value = params.get(name, [""])[-1]
        return value if _NAME.fullmatch(value) else usual

    def text(name: str) -> str | None:
        return params.get(name, [""])[-1][:_MAX_TEXT] or None

    pairs = (given[:_MAX_TEXT].partition(":") for given in params.get("where", ())[:_MAX_FILTERS])
    first, last = _day(text("first")), _day(text("last"))
    is_sensible = first and last and timedelta(0) <= last - first <= timedelta(days=LONGEST_DAYS)
    return CostReport(
        time=choice("time", TIMES, "mtd"),
        first_day=first.isoformat() if first and is_sensible else None,
        last_day=last.isoformat() if last and is_sensible else None,
        against=choice("against", AGAINST, ""),
        by=dimension("by", "workflow"),
        then=dimension("then", NOTHING),
        step=choice("step", STEPS, ""),
        zone=choice("zone", zones(), ""),
        where=tuple(dict.fromkeys((name, value) for name, colon, value in pairs if colon and _NAME.fullmatch(name))),
        model_from=text("of"),
        model_to=text("at"),
    )


def report_params(report: CostReport) -> dict[str, str | list[str]]:
    """What is as usual is left out."""
    usual = CostReport()
    names = {
        "time": "time",
        "first_day": "first",
        "last_day": "last",
        "against": "against",
        "by": "by",
        "then": "then",
        "step": "step",
        "zone": "zone",
        "model_from": "of",
        "model_to": "at",
    }
    params: dict[str, str | list[str]] = {
        name: value for field, name in names.items() if (value := getattr(report, field)) != getattr(usual, field)
    }
    if report.where:
        params["where"] = [f"{name}:{value}" for name, value in report.where]
    return params


def of_known(report: CostReport, promoted: Sequence[str]) -> CostReport:
    """The report without dimensions that neither the ledger nor these settings know."""
    known = (*DIMENSIONS, *promoted)
    return replace(
        report,
        by=report.by if report.by in known else "workflow",
        then=report.then if report.then in known else NOTHING,
        where=tuple(pair for pair in report.where if pair[0] in known),
    )


def with_filter(report: CostReport, dimension: str, values: Sequence[str]) -> CostReport:
    """The report with these values of the dimension instead of those it had."""
    others = tuple(pair for pair in report.where if pair[0] != dimension)
    return replace(report, where=(*others, *((dimension, value) for value in values)))


def closer(report: CostReport, start: datetime, step: str, now: Period, zone: str) -> CostReport:
    """The report of one bar: of its days, as far as they lie in the present time. start: on the wall of the zone."""
    following = (start + timedelta(days=32)).replace(day=1) if step == "month" else start + timedelta(days=7)
    first, end = _local(now.start_ns, zone).date(), _local(now.end_ns - 1, zone).date()
    last = start.date() if step in ("hour", "day") else following.date() - timedelta(days=1)
    first_day, last_day = max(first, start.date()).isoformat(), min(end, last).isoformat()
    return replace(report, time="own", against="", step="", first_day=first_day, last_day=last_day)


def month_of(now: Period, zone: str) -> str:
    """The month that a report's time ends in: 2026-10."""
    return f"{_local(now.end_ns - 1, zone):%Y-%m}"


def hour_of(start: datetime, zone: str) -> Period:
    return Period(_ns(start, zone), _ns(start + timedelta(hours=1), zone))


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def _moment_before(moment: datetime, months: int) -> datetime:
    """The same day and time, or the end of the month where it has no such day."""
    first = _months_before(moment.date().replace(day=1), months)
    last = _months_before(first, -1)
    day = first + timedelta(days=moment.day - 1)
    return datetime.combine(last, datetime.min.time()) if day >= last else datetime.combine(day, moment.time())


def _months_before(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _local(ns: int, zone: str) -> datetime:
    """The time on the wall, without its zone."""
    return datetime.fromtimestamp(ns // 10**9, ZoneInfo(zone)).replace(tzinfo=None)


def _midnight(day: date, zone: str) -> int:
    return _ns(datetime.combine(day, datetime.min.time()), zone)


def _ns(wall: datetime, zone: str) -> int:
    return int(wall.replace(tzinfo=ZoneInfo(zone)).timestamp()) * 10**9


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 1971 <= found.year <= 2200 else None
