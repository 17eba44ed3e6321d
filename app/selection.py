"""What a viewer can select, as a typed value, and the query string that says it. Pure; `state` reads and writes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

from app.cost_report import CostReport
from app.format import between as in_words
from collector.query import Query, render
from collector.query import parse as parse_query
from collector.store.records import EVENT_STATES, Period, TraceFilter

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
NEW_RULE = "new"


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

    event: str | None = None
    """Of the opened alert."""
    rule: str | None = None
    """Of the opened rule; NEW_RULE for one that is being made."""
    inbox: str = EVENT_STATES[0]
    """Which events are listed."""
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

    def window_of_days(self, now_ns: int) -> Period:
        """The chosen time and the last 30 days: for what is chosen from by the day."""
        chosen, month = self.window(now_ns), replace(self, period="30d", between=None).window(now_ns)
        return Period(min(chosen.start_ns, month.start_ns), max(chosen.end_ns, month.end_ns))

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


def day_period(day: str, zone: tzinfo) -> Period:
    """A day, ISO, from midnight to midnight in a zone."""
    midnight = datetime.combine(date.fromisoformat(day), time(), zone)
    following = datetime.combine(midnight.date() + timedelta(days=1), time(), zone)
    return Period(int(midnight.timestamp()) * 10**9, int(following.timestamp()) * 10**9)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(time: datetime) -> int:
    """Since 1970 UTC; a time without a zone is one in UTC."""
    since = (time if time.tzinfo else time.replace(tzinfo=UTC)) - EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000


def sensible_period(start_ns: int, end_ns: int) -> Period | None:
    """None for a time that is none, is too long or lies before 1970."""
    fits = 0 <= start_ns < end_ns and end_ns - start_ns <= LONGEST_PERIOD_NS
    return Period(start_ns, end_ns) if fits else None


def asks(field: str, value: str) -> str:
    """The query for one value of a field."""
    return Selection().choosing(field, [value]).query
