"""Where things are: the pages, the links to them with what goes along, this server's address and the viewer's zone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import streamlit as st

from app.address import to_params
from app.state.url import current

HOME_PAGE, TRACES_PAGE, TRACE_PAGE, COMPARE_PAGE, COSTS_PAGE, PRICES_PAGE, CONNECT_PAGE, SETTINGS_PAGE = (
    f"views/{name}.py" for name in ("home", "traces", "trace", "compare", "costs", "prices", "connect", "settings")
)
SESSIONS_PAGE, ERRORS_PAGE, AGENTS_PAGE, ALERTS_PAGE = (
    f"views/{name}.py" for name in ("sessions", "errors", "agents", "alerts")
)


def trace_params(trace_id: str, span_id: str | None = None, view: str | None = None) -> dict[str, str | list[str]]:
    """For st.page_link(TRACE_PAGE, query_params=...).

    The filters go along, so that J and K step through the list that it was opened from.
    """
    return to_params(replace(current(), trace_id=trace_id, span_id=span_id, view=view, infers=False))


def page_params(**changes: Any) -> dict[str, str | list[str]]:
    """For st.page_link to another page: what goes along, with `changes`."""
    return to_params(current().carried(**changes))


def trace_link(trace_id: str, span_id: str | None = None) -> str:
    """The address of a trace, seen from any page. The list it stands in goes along, for stepping through it."""
    return "trace?" + urlencode(trace_params(trace_id, span_id), doseq=True)


def selection_link(page: str, **changes: Any) -> str:
    """The address of what a change of the selection shows on the page with this path."""
    return f"{page}?{urlencode(to_params(replace(current(), **changes)), doseq=True)}"


def list_params() -> dict[str, str | list[str]]:
    """For a link back from a trace to the list it was opened from."""
    return to_params(replace(current(), trace_id=None, span_id=None, view=None, infers=False))


def open_compare(a: str, b: str) -> None:
    st.switch_page(COMPARE_PAGE, query_params=page_params(a=a, b=b))


def open_trace(trace_id: str, span_id: str | None = None) -> NoReturn:
    st.switch_page(TRACE_PAGE, query_params=trace_params(trace_id, span_id))


def open_traces(**changes: Any) -> NoReturn:
    """The list of traces, with what goes along and `changes`."""
    st.switch_page(TRACES_PAGE, query_params=page_params(**changes))


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
