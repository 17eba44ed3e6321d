"""What a viewer can select, as a typed value, and the query string that says it. Pure; `state` reads and writes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from app.cost_report import CostReport, parse_report, report_params
from app.format import between as in_words
from collector.query import Query, WrongQuery, render
from collector.query import parse as parse_query
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
LISTS: Mapping[str, str] = MappingProxyType({"traces": "Traces", "llm": "LLM calls", "tool": "Tool calls"})
"""What the page Traces can list, and its name."""
SORTS: Mapping[str, str] = MappingProxyType(
    {
        "-start_ns": "Newest first",
        "start_ns": "Oldest first",
        "-duration_ms": "Slowest first",
        "duration_ms": "Fastest first",
        "-total_tokens": "Most tokens first",
        "total_tokens": "Fewest tokens first",
        "-cost_usd": "Dearest first",
        "cost_usd": "Cheapest first",
        "outcome": "Failed first",
        "-outcome": "Failed last",
        "workflow": "Workflow A to Z",
        "-workflow": "Workflow Z to A",
        "-time_to_first_token_ms": "Slowest first token",
        "time_to_first_token_ms": "Fastest first token",
    }
)
DEFAULT_SORT = "-start_ns"
_TRACES_ONLY, _CALLS_ONLY = ("outcome", "workflow"), ("time_to_first_token_ms",)

_USUAL_COSTS = CostReport()
TABS = ("request", "response", "attributes", "events", "cost")
LOOKS = ("text", "markdown", "json")
BEFORE = "before"

_MAX_TEXT = 500
_MAX_QUERY = 4_000
"""Longer than a query may be, so that one that is too long is told to be."""
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
    listing: str = "traces"
    """A key of LISTS."""
    query: str = ""
    """In the search language, as it was typed."""
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
    tab: str = TABS[0]
    """Of the span's panel."""
    look: str = LOOKS[0]
    """How texts of a span are shown."""
    page: int = 0
    """Of a view of a trace that has pages; 0 while nobody has turned one."""

    costs: CostReport = _USUAL_COSTS

    @property
    def has_filter(self) -> bool:
        return bool(self.query or self.environment)

    @property
    def sorts(self) -> tuple[str, ...]:
        """Those that this list can be read in."""
        others = _CALLS_ONLY if self.listing == "traces" else _TRACES_ONLY
        return tuple(sort for sort in SORTS if sort.removeprefix("-") not in others)

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

    def asked(self, dimensions: Collection[str] = ()) -> Query:
        """dimensions: the names of the promoted ones. Raises WrongQuery."""
        return parse_query(self.query, dimensions)

    def trace_filter(self, now_ns: int, dimensions: Collection[str] = ()) -> TraceFilter:
        """Raises WrongQuery."""
        return TraceFilter(
            period=self.window(now_ns),
            query=self.asked(dimensions),
            environments=(self.environment,) if self.environment else (),
        )

    def choosing(self, field: str, values: Sequence[str], dimensions: Collection[str] = ()) -> Selection:
        """The same with the field asked for to be one of these values. Raises WrongQuery."""
        return replace(self, query=render(self.asked(dimensions).having(field, values)))

    def listed(self, listing: str) -> Selection:
        """The same of another list, in an order that it can be read in."""
        moved = replace(self, listing=listing, view=None)
        return moved if moved.sort in moved.sorts else replace(moved, sort=DEFAULT_SORT)

    def unfiltered(self) -> Selection:
        return replace(self, query="", environment=None, view=None)

    def only_view(self) -> Selection:
        """The same with nothing said but the view."""
        return Selection(view=self.view, is_paused=self.is_paused)

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
        "listing": "list",
        "query": "q",
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
        "tab": "tab",
        "look": "look",
        "page": "page",
    }
)
"""The name in the URL for each field but `between`, which has two."""
FROM, TO = "from", "to"
_OLDER_NAMES = ("outcome", "workflow", "model")


def parse(params: Mapping[str, Sequence[str]]) -> Selection:
    """The selection a query string stands for. What makes no sense is left out, never an error."""

    def first(field: str) -> str | None:
        values = params.get(NAMES[field])
        return values[-1][:_MAX_TEXT] or None if values else None

    def choice(field: str, allowed: Collection[str], default: str) -> str:
        value = first(field)
        return value if value is not None and value in allowed else default

    def identifier(field: str) -> str | None:
        value = (first(field) or "").lower()
        return value if _HEX.fullmatch(value) else None

    between = _between(params.get(FROM), params.get(TO))
    listing = choice("listing", LISTS, "traces")
    sort = choice("sort", SORTS, DEFAULT_SORT)
    return Selection(
        project=first("project"),
        period=DEFAULT_PERIOD if between else choice("period", PERIODS, DEFAULT_PERIOD),
        between=between,
        environment=first("environment"),
        is_paused=first("is_paused") == "off",
        listing=listing,
        query=_query(params),
        sort=sort if sort in Selection(listing=listing).sorts else DEFAULT_SORT,
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
        tab=choice("tab", TABS, TABS[0]),
        look=choice("look", LOOKS, LOOKS[0]),
        page=_number(first("page")),
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


def _query(params: Mapping[str, Sequence[str]]) -> str:
    """What `q` says, with the filters that links had as parameters of their own before there was a language."""
    given = params.get(NAMES["query"]) or ("",)
    text = given[-1][:_MAX_QUERY].strip()
    older = {name: [value[:_MAX_TEXT] for value in params.get(name, ()) if value] for name in _OLDER_NAMES}
    if not any(older.values()):
        return text
    with suppress(WrongQuery):
        query = parse_query(text)
        for name, values in older.items():
            query = query.having(name, values) if values else query
        return render(query)
    return text


def _number(value: str | None) -> int:
    """A page's number, 0 for anything else."""
    return int(value) if value is not None and re.fullmatch(r"[0-9]{1,6}", value) else 0


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
        elif isinstance(value, int):
            params[NAMES[item.name]] = str(value)
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


def asks(field: str, value: str) -> str:
    """The query for one value of a field."""
    return Selection().choosing(field, [value]).query
