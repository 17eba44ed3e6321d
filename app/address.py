"""A selection as the query string of a page, and back. Pure; `state` reads and writes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import date, datetime, timedelta
from types import MappingProxyType

from app.cost_report import CostReport, parse_report, report_params
from app.selection import (
    DEFAULT_PERIOD,
    DEFAULT_SORT,
    EPOCH,
    LISTS,
    LOOKS,
    NEW_RULE,
    PERIODS,
    SORTS,
    TABS,
    Selection,
    nanoseconds,
    sensible_period,
)
from collector.query import WrongQuery, render
from collector.query import parse as parse_query
from collector.store.records import ERROR_STATES, EVENT_STATES, Period

_MAX_TEXT = 500
_MAX_QUERY = 4_000
"""Longer than a query may be, so that one that is too long is told to be."""
_HEX = re.compile(r"[0-9a-f]{1,64}")

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
        "event": "event",
        "rule": "rule",
        "inbox": "inbox",
    }
)
"""The name in the URL for each field but `between`, which has two."""
FROM, TO = "from", "to"
_OLDER_NAMES = ("outcome", "workflow", "model")


class _Given:
    """The words of a query string. What makes no sense is none."""

    def __init__(self, params: Mapping[str, Sequence[str]]) -> None:
        self._params = params

    def first(self, field: str) -> str | None:
        values = self._params.get(NAMES[field])
        return values[-1][:_MAX_TEXT] or None if values else None

    def text(self, field: str) -> str:
        return (self.first(field) or "").strip()

    def is_on(self, field: str) -> bool:
        return self.first(field) == "on"

    def choice(self, field: str, allowed: Collection[str], default: str) -> str:
        value = self.first(field)
        return value if value is not None and value in allowed else default

    def identifier(self, field: str) -> str | None:
        value = (self.first(field) or "").lower()
        return value if _HEX.fullmatch(value) else None


def parse(params: Mapping[str, Sequence[str]]) -> Selection:
    """The selection a query string stands for. What makes no sense is left out, never an error."""
    given = _Given(params)
    between = _between(params.get(FROM), params.get(TO))
    listing = given.choice("listing", LISTS, "traces")
    sort = given.choice("sort", SORTS, DEFAULT_SORT)
    return Selection(
        project=given.first("project"),
        period=DEFAULT_PERIOD if between else given.choice("period", PERIODS, DEFAULT_PERIOD),
        between=between,
        environment=given.first("environment"),
        is_paused=given.first("is_paused") == "off",
        listing=listing,
        query=_query(params),
        sort=sort if sort in Selection(listing=listing).sorts else DEFAULT_SORT,
        trace_id=given.identifier("trace_id"),
        span_id=given.identifier("span_id"),
        view=given.first("view"),
        error=given.identifier("error"),
        error_state=given.first("error_state") if given.first("error_state") in ERROR_STATES else None,
        agent=given.first("agent"),
        tool=given.first("tool"),
        only_errors=given.is_on("only_errors"),
        session=given.first("session"),
        user=given.first("user"),
        day=given.first("day") if _is_day(given.first("day")) else None,
        a=(given.first("a") or "").lower() or None,
        b=(given.first("b") or "").lower() or None,
        group_a=given.text("group_a"),
        group_b=given.text("group_b"),
        infers=given.is_on("infers"),
        find=given.text("find"),
        folds=given.is_on("folds"),
        groups=given.is_on("groups"),
        costs=parse_report(params),
        tab=given.choice("tab", TABS, TABS[0]),
        look=given.choice("look", LOOKS, LOOKS[0]),
        page=_number(given.first("page")),
        event=given.identifier("event"),
        rule=NEW_RULE if given.first("rule") == NEW_RULE else given.identifier("rule"),
        inbox=given.choice("inbox", EVENT_STATES, EVENT_STATES[0]),
    )


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


def _between(start: Sequence[str] | None, end: Sequence[str] | None) -> Period | None:
    try:
        # A plus sign in a query string arrives as a space.
        times = [datetime.fromisoformat(values[-1].strip().replace(" ", "+")) for values in (start, end) if values]
        start_ns, end_ns = map(nanoseconds, times)
    except (ValueError, OverflowError):
        return None
    return sensible_period(start_ns, end_ns)


def _iso(ns: int) -> str:
    time = EPOCH + timedelta(microseconds=ns // 1_000)
    return time.isoformat().replace("+00:00", "Z")
