"""What the viewer has selected: the URL as a typed value, and back. Only this file touches the URL and the session.

The URL is the truth. A widget that changes it is seeded from it on every run, so that Back and links work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, tzinfo
from types import MappingProxyType
from typing import Any, NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import streamlit as st

from collector.store.records import Period, TraceFilter

HOME_PAGE, TRACES_PAGE, TRACE_PAGE, CONNECT_PAGE = (
    f"views/{name}.py" for name in ("home", "traces", "trace", "connect")
)

PERIODS: Mapping[str, int] = MappingProxyType(
    {"15m": 15 * 60, "1h": 3600, "24h": 24 * 3600, "7d": 7 * 86400, "30d": 30 * 86400}
)
"""Seconds of each period that can be chosen."""
PERIOD_LABELS: Mapping[str, str] = MappingProxyType(
    {"15m": "15 min", "1h": "1 h", "24h": "24 h", "7d": "7 d", "30d": "30 d"}
)
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

_MAX_TEXT = 500
_HEX = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Everything a page's URL can say. `period`, `environment` and `is_paused` go along to the next page."""

    period: str = DEFAULT_PERIOD
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

    @property
    def has_filter(self) -> bool:
        return bool(self.text or self.outcomes or self.workflow or self.model or self.environment)

    def window(self, now_ns: int) -> Period:
        """The chosen time up to now, with its end on a step, so that a cached answer stays good for that step."""
        length_ns = PERIODS[self.period] * 1_000_000_000
        step_ns = 60_000_000_000 if length_ns > 900_000_000_000 else 15_000_000_000
        end_ns = (now_ns // step_ns + 1) * step_ns
        return Period(end_ns - length_ns, end_ns)

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
        kept = Selection(period=self.period, environment=self.environment, is_paused=self.is_paused)
        return replace(kept, **changes)


NAMES: Mapping[str, str] = MappingProxyType(
    {
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
    }
)
"""The name in the URL for each field."""


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
    return Selection(
        period=choice("period", PERIODS, DEFAULT_PERIOD),
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
    )


def to_params(selection: Selection) -> dict[str, str | list[str]]:
    """The query string of a selection; what is as usual is left out."""
    usual = Selection()
    params: dict[str, str | list[str]] = {}
    for item in fields(Selection):
        value = getattr(selection, item.name)
        if value == getattr(usual, item.name):
            continue
        if item.name == "is_paused":
            params[NAMES[item.name]] = "off"
        else:
            params[NAMES[item.name]] = list(value) if isinstance(value, tuple) else value
    return params


def current() -> Selection:
    return parse({name: st.query_params.get_all(name) for name in st.query_params})


def change(**changes: Any) -> None:
    """Writes fields of the selection to the URL, as a step that Back takes back."""
    before = current()
    after = replace(before, **changes)
    if after != before:
        st.query_params.from_dict(to_params(after))


def change_page(**changes: Any) -> None:
    """As `change`, from a callback in a fragment whose change concerns the rest of the page too."""
    change(**changes)
    st.rerun()


def forget_trace() -> None:
    """For the lists: st.switch_page leaves the opened trace in the URL of the page it left, where Back finds it."""
    change(trace_id=None, span_id=None)


def clear_filters() -> None:
    st.query_params.from_dict(to_params(current().unfiltered()))
    st.rerun()


def follow(field: str) -> str:
    """The key for the widget that shows `field`, seeded with what the URL says."""
    key = f"choice_{field}"
    value = getattr(current(), field)
    if isinstance(value, tuple):
        st.session_state[key] = list(value)  # every time: pills forget their choice when a label changes
    elif key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value  # only then: it would wipe out what is half typed
    return key


def take(field: str) -> None:
    """For a widget's on_change: writes its value to the URL."""
    value = st.session_state.get(f"choice_{field}")
    if isinstance(value, list):
        value = tuple(value)
    if value is None:
        value = getattr(Selection(), field)
    change(**{field: value})


def toggle_live() -> None:
    change_page(is_paused=not current().is_paused)


def trace_params(trace_id: str, span_id: str | None = None) -> dict[str, str | list[str]]:
    """For st.page_link(TRACE_PAGE, query_params=...).

    The filters go along: st.switch_page writes these parameters to the history of the page it leaves as well,
    so without them Back would come to a list that is no longer filtered.
    """
    return to_params(replace(current(), trace_id=trace_id, span_id=span_id, view=None))


def page_params(**changes: Any) -> dict[str, str | list[str]]:
    """For st.page_link to another page: what goes along, with `changes`."""
    return to_params(current().carried(**changes))


def open_trace(trace_id: str, span_id: str | None = None) -> NoReturn:
    st.switch_page(TRACE_PAGE, query_params=trace_params(trace_id, span_id))


def remember_click(key: str, trace_ids: Sequence[str]) -> Callable[[], None]:
    """For a table's on_select: notes the trace of the clicked row, among the rows as they were drawn."""

    def note() -> None:
        event = st.session_state.pop(key, None)
        cells = event["selection"]["cells"] if event else []
        if cells and cells[0][0] < len(trace_ids):
            st.session_state[f"{key}_clicked"] = trace_ids[cells[0][0]]

    return note


def clicked(key: str) -> str | None:
    """The trace whose row was clicked in the table `key`, once."""
    trace_id: str | None = st.session_state.pop(f"{key}_clicked", None)
    return trace_id


def is_signed_in() -> bool:
    return bool(st.session_state.get("signed_in"))


def sign_in(ticket_url: str) -> None:
    st.session_state["signed_in"] = True
    st.session_state["ticket_url"] = ticket_url


def take_ticket_url() -> str | None:
    """Where the browser gets its cookie, once after signing in."""
    url: str | None = st.session_state.pop("ticket_url", None)
    return url


def rows_shown(selection: Selection, step: int) -> int:
    """How many rows of the list to show: `step`, or more once the viewer has asked for them."""
    asked_for, rows = st.session_state.get("rows_shown", (None, step))
    return int(rows) if asked_for == selection else step


def show_more(selection: Selection, rows: int) -> None:
    st.session_state["rows_shown"] = (selection, rows)


def server_url() -> str:
    """The address the viewer reached this server at, without a path: where clients can send to as well."""
    address = urlsplit(st.context.url or "http://127.0.0.1:8501")
    return f"{address.scheme}://{address.netloc}"


def viewer_zone() -> tzinfo:
    """The time zone of the viewer's browser, UTC while it is not known."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ValueError, KeyError, OSError):
        return UTC


def clicked_mark(key: str, selection: str, field: str) -> str | None:
    """For a chart's on_select: `field` of the clicked mark, None for a click beside every mark."""
    event = st.session_state.get(key)
    marks = event["selection"].get(selection) if event else None
    value = marks[0].get(field) if isinstance(marks, list) and marks else None
    return value if isinstance(value, str) else None


def reveal(keys: Sequence[str]) -> None:
    """Opens the expanders with these keys when they are drawn next."""
    for key in keys:
        st.session_state[key] = True
