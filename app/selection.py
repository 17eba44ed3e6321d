"""What a viewer can select, as a typed value, and the query string that says it. Pure; `state` reads and writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from app.cost_report import CostReport, parse_report, report_params
from app.format import between as in_words
from collector.store.records import ERROR_STATES, Period, TraceFilter

PERIODS: Mapping[str, int] = MappingProxyType(
    {
        "15m": 15 * 60,
        "1h": 3600,
        "6h": 6 * 3600,
        "24h": 24 * 3600,
        "7d": 7 * 86400,
        "30d": 30 * 86400,
        "90d": 90 * 86400,
    }
)
"""Seconds of each period that can be chosen."""
PERIOD_LABELS: Mapping[str, str] = MappingProxyType(
    {"15m": "15 min", "1h": "1 h", "6h": "6 h", "24h": "24 h", "7d": "7 d", "30d": "30 d", "90d": "90 d"}
)
LONGEST_PERIOD_NS = 366 * 86400 * 10**9
"""Of one's own choice."""
DEFAULT_PERIOD = "24h"
OUTCOMES = ("ok", "recovered", "failed", "running", "incomplete")
SORTS: Mapping[str, str] = MappingProxyType(
    {
        "-start_ns": "Newest first",
        "start_ns": "Oldest first",
        "-duration_ms": "Slowest first",
        "-total_tokens": "Most tokens first",
        "-cost_usd": "Dearest first",
    }
)
DEFAULT_SORT = "-start_ns"

_USUAL_COSTS = CostReport()
BEFORE = "before"

_MAX_TEXT = 500
_HEX = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Everything a page's URL can say. Project, environment, period and pause go along to the next page."""

    project: str | None = None
    period: str = DEFAULT_PERIOD
    between: Period | None = None
    """A time of one's own choice, in the place of `period`."""
    environment: str | None = None
    is_paused: bool = False
    text: str = ""
    outcomes: tuple[str, ...] = ()
    workflow: str | None = None
    model: str | None = None
    sort: str = DEFAULT_SORT
    trace_id: str | None = None
    span_id: str | None = None
    view: str | None = None
    """The tab of a page that has several."""
    error: str | None = None
    """Fingerprint of the opened error."""
    error_state: str | None = None
    agent: str | None = None
    tool: str | None = None
    only_errors: bool = False
    session: str | None = None
    user: str | None = None
    day: str | None = None
    """Of the opened user, ISO, in the viewer's zone."""
    a: str | None = None
    """Of a comparison: the id of a trace or its beginning; BEFORE for the run before B, None for the last good one."""
    b: str | None = None
    group_a: str = ""
    """Of a comparison of groups: which runs, as `group_filter` reads it."""
    group_b: str = ""
    infers: bool = False
    """Whether spans without parents are shown where their times put them."""
    find: str = ""
    """What is looked for inside a trace."""
    folds: bool = False
    """Whether the waterfall leaves out what is below the calls: requests, queries."""
    groups: bool = False
    """Whether the waterfall shows repeats of one call as one row."""

    costs: CostReport = _USUAL_COSTS

    @property
    def has_filter(self) -> bool:
        return bool(self.text or self.outcomes or self.workflow or self.model or self.environment)

    def window(self, now_ns: int) -> Period:
        """The chosen time; a period ends now, on a step, so that a cached answer stays good for that step."""
        if self.between:
            return self.between
        length_ns = PERIODS[self.period] * 1_000_000_000
        step_ns = 60_000_000_000 if length_ns > 900_000_000_000 else 15_000_000_000
        end_ns = (now_ns // step_ns + 1) * step_ns
        return Period(end_ns - length_ns, end_ns)

    def time_in_words(self, zone: tzinfo) -> str:
        """Plain text to follow a noun: "in the last 24 h", "from 21 Nov 10:00 to 22 Nov 09:00"."""
        if self.between:
            return f"from {in_words(self.between.start_ns, self.between.end_ns, zone, ' to ')}"
        return f"in the last {PERIOD_LABELS[self.period]}"

    def trace_filter(self, now_ns: int) -> TraceFilter:
        return TraceFilter(
            period=self.window(now_ns),
            text=self.text,
            outcomes=self.outcomes,
            workflows=(self.workflow,) if self.workflow else (),
            models=(self.model,) if self.model else (),
            environments=(self.environment,) if self.environment else (),
        )

    def unfiltered(self) -> Selection:
        return replace(self, text="", outcomes=(), workflow=None, model=None, environment=None)

    def carried(self, **changes: Any) -> Selection:
        """What goes along to another page, with `changes`."""
        kept = Selection(
            project=self.project,
            period=self.period,
            between=self.between,
            environment=self.environment,
            is_paused=self.is_paused,
        )
        return replace(kept, **changes)


NAMES: Mapping[str, str] = MappingProxyType(
    {
        "project": "project",
        "period": "period",
        "environment": "env",
        "is_paused": "live",
        "text": "q",
        "outcomes": "outcome",
        "workflow": "workflow",
        "model": "model",
        "sort": "sort",
        "trace_id": "trace",
        "span_id": "span",
        "view": "view",
        "error": "error",
        "error_state": "state",
        "agent": "agent",
        "tool": "tool",
        "only_errors": "errors",
        "session": "session",
        "user": "user",
        "day": "day",
        "a": "a",
        "b": "b",
        "group_a": "ga",
        "group_b": "gb",
        "infers": "inferred",
        "find": "find",
        "folds": "fold",
        "groups": "group",
    }
)
"""The name in the URL for each field but `between`, which has two."""
FROM, TO = "from", "to"


def parse(params: Mapping[str, Sequence[str]]) -> Selection:
    """The selection a query string stands for. What makes no sense is left out, never an error."""

    def first(field: str) -> str | None:
        values = params.get(NAMES[field])
        return values[-1][:_MAX_TEXT] or None if values else None

    def choice(field: str, allowed: Mapping[str, object], default: str) -> str:
        value = first(field)
        return value if value is not None and value in allowed else default

    def identifier(field: str) -> str | None:
        value = (first(field) or "").lower()
        return value if _HEX.fullmatch(value) else None

    outcomes = params.get(NAMES["outcomes"], ())
    between = _between(params.get(FROM), params.get(TO))
    return Selection(
        project=first("project"),
        period=DEFAULT_PERIOD if between else choice("period", PERIODS, DEFAULT_PERIOD),
        between=between,
        environment=first("environment"),
        is_paused=first("is_paused") == "off",
        text=(first("text") or "").strip(),
        outcomes=tuple(outcome for outcome in OUTCOMES if outcome in outcomes),
        workflow=first("workflow"),
        model=first("model"),
        sort=choice("sort", SORTS, DEFAULT_SORT),
        trace_id=identifier("trace_id"),
        span_id=identifier("span_id"),
        view=first("view"),
        error=identifier("error"),
        error_state=first("error_state") if first("error_state") in ERROR_STATES else None,
        agent=first("agent"),
        tool=first("tool"),
        only_errors=first("only_errors") == "on",
        session=first("session"),
        user=first("user"),
        day=first("day") if _is_day(first("day")) else None,
        a=(first("a") or "").lower() or None,
        b=(first("b") or "").lower() or None,
        group_a=(first("group_a") or "").strip(),
        group_b=(first("group_b") or "").strip(),
        infers=first("infers") == "on",
        find=(first("find") or "").strip(),
        folds=first("folds") == "on",
        groups=first("groups") == "on",
        costs=parse_report(params),
    )


def day_period(day: str, zone: tzinfo) -> Period:
    """A day, ISO, from midnight to midnight in a zone."""
    midnight = datetime.combine(date.fromisoformat(day), time(), zone)
    following = datetime.combine(midnight.date() + timedelta(days=1), time(), zone)
    return Period(int(midnight.timestamp()) * 10**9, int(following.timestamp()) * 10**9)


def _is_day(text: str | None) -> bool:
    try:
        return 2000 <= date.fromisoformat(text or "").year < 2100
    except ValueError:
        return False


def to_params(selection: Selection) -> dict[str, str | list[str]]:
    """The query string of a selection; what is as usual is left out."""
    usual = Selection()
    params: dict[str, str | list[str]] = {}
    for item in fields(Selection):
        value = getattr(selection, item.name)
        if value == getattr(usual, item.name):
            continue
        if isinstance(value, CostReport):
            params |= report_params(value)
        elif isinstance(value, Period):
            params |= {FROM: _iso(value.start_ns), TO: _iso(value.end_ns)}
        elif isinstance(value, bool):
            params[NAMES[item.name]] = "off" if item.name == "is_paused" else "on"
        else:
            params[NAMES[item.name]] = list(value) if isinstance(value, tuple) else value
    return params


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(time: datetime) -> int:
    """Since 1970 UTC; a time without a zone is one in UTC."""
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000


def sensible_period(start_ns: int, end_ns: int) -> Period | None:
    """None for a time that is none, is too long or lies before 1970."""
    fits = 0 <= start_ns < end_ns and end_ns - start_ns <= LONGEST_PERIOD_NS
    return Period(start_ns, end_ns) if fits else None


def _between(start: Sequence[str] | None, end: Sequence[str] | None) -> Period | None:
    try:
        # A plus sign in a query string arrives as a space.
        times = [datetime.fromisoformat(values[-1].strip().replace(" ", "+")) for values in (start, end) if values]
        start_ns, end_ns = map(nanoseconds, times)
    except (ValueError, OverflowError):
        return None
    return sensible_period(start_ns, end_ns)


def _iso(ns: int) -> str:
    time = _EPOCH + timedelta(microseconds=ns // 1_000)
    return time.isoformat().replace("+00:00", "Z")
