"""What the viewer has selected, in the URL and the session. Only this file touches either.

The URL is the truth. A widget that changes it is seeded from it on every run, so that Back and links work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlencode, urlsplit
from zoneinfo import ZoneInfo

import streamlit as st

from app.cost_report import CostReport, with_filter
from app.selection import Selection, parse, to_params

HOME_PAGE, TRACES_PAGE, TRACE_PAGE, COMPARE_PAGE, COSTS_PAGE, PRICES_PAGE, CONNECT_PAGE, SETTINGS_PAGE = (
    f"views/{name}.py" for name in ("home", "traces", "trace", "compare", "costs", "prices", "connect", "settings")
)
SESSIONS_PAGE, ERRORS_PAGE, AGENTS_PAGE = (f"views/{name}.py" for name in ("sessions", "errors", "agents"))


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


def follow_period() -> str:
    """As `follow`, for the periods up to now: none of them is chosen while another time is."""
    key = follow("period")
    if current().between:
        st.session_state[key] = None
    return key


def take_period() -> None:
    """For the on_change of those periods."""
    change(period=st.session_state.get("choice_period") or current().period, between=None)


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


def follow_as(field: str, shown: object) -> str:
    """As `follow`, where the URL leaves it to the page what is shown."""
    key = f"choice_{field}"
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    return key


def is_narrow() -> bool:
    """Whether the viewer's page is as narrow as a phone's: it says so itself, or a component has measured it."""
    agent = st.context.headers.get("User-Agent", "")
    return bool(st.session_state.get("narrow", "Mobi" in agent))


def take_width(is_narrow: bool) -> None:
    st.session_state["narrow"] = is_narrow


def take(field: str) -> None:
    """For a widget's on_change: writes its value to the URL."""
    value = st.session_state.get(f"choice_{field}")
    if isinstance(value, list):
        value = tuple(value)
    if value is None:
        value = getattr(Selection(), field)
    change(**{field: value})


def follow_report(field: str, shown: object = None) -> str:
    """As `follow`, for a field of the cost report. shown: what stands for an empty one."""
    key, value = f"report_{field}", getattr(current().costs, field) or shown
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def take_report(field: str) -> None:
    """As `take`, for a field of the cost report."""
    value = st.session_state.get(f"report_{field}")
    change_report(**{field: getattr(CostReport(), field) if value is None else value})


def change_report(**changes: Any) -> None:
    change(costs=replace(current().costs, **changes))


def follow_filter(dimension: str) -> str:
    """The key for the widget with the values of a cost report's filter, seeded with what the URL says."""
    key = f"filter_{dimension}"
    st.session_state[key] = [value for name, value in current().costs.where if name == dimension]
    return key


def take_filter(dimension: str) -> None:
    change(costs=with_filter(current().costs, dimension, st.session_state.get(f"filter_{dimension}") or []))


def take_lower(field: str) -> None:
    """As `take`, for a widget whose options are labels: the URL says them in small letters."""
    change(**{field: str(st.session_state.get(f"choice_{field}", "")).lower()})


def take_id(field: str) -> None:
    """As `take`, for an id as somebody pastes it: in capitals, with blanks around it or dashes in it."""
    typed = str(st.session_state.get(f"choice_{field}") or "").strip().lower().replace("-", "")
    change(**{field: typed or None, "span_id": None})


def take_choice(key: str, field: str) -> None:
    """For the on_change of a widget with a key of its own: writes its value to the URL."""
    change(**{field: st.session_state.get(key), "span_id": None})


def toggle_live() -> None:
    change_page(is_paused=not current().is_paused)


def trace_params(trace_id: str, span_id: str | None = None) -> dict[str, str | list[str]]:
    """For st.page_link(TRACE_PAGE, query_params=...).

    The filters go along, so that J and K step through the list that it was opened from.
    """
    return to_params(replace(current(), trace_id=trace_id, span_id=span_id, view=None, infers=False))


def page_params(**changes: Any) -> dict[str, str | list[str]]:
    """For st.page_link to another page: what goes along, with `changes`."""
    return to_params(current().carried(**changes))


def trace_link(trace_id: str, span_id: str | None = None) -> str:
    """The address of a trace, seen from any page. The list it stands in goes along, for stepping through it."""
    return "trace?" + urlencode(trace_params(trace_id, span_id), doseq=True)


def list_params() -> dict[str, str | list[str]]:
    """For a link back from a trace to the list it was opened from."""
    return to_params(replace(current(), trace_id=None, span_id=None, view=None, infers=False))


def open_compare(a: str, b: str) -> None:
    st.switch_page(COMPARE_PAGE, query_params=page_params(a=a, b=b))


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
    """The trace, or whatever `remember_click` was given, whose row was clicked in the table `key`, once."""
    trace_id: str | None = st.session_state.pop(f"{key}_clicked", None)
    return trace_id


def fresh_key(name: str) -> str:
    """The key of a table on a page that opens its rows itself; another one after each click.

    The browser keeps what is selected under a key, and would choose the same row again when Back brings the table.
    """
    return f"{name}_{st.session_state.get(f'clicks_{name}', 0)}"


def clicked_fresh(name: str) -> str | None:
    """As `clicked`, for the table whose key is `fresh_key(name)`."""
    chosen = clicked(fresh_key(name))
    if chosen is not None:
        st.session_state[f"clicks_{name}"] = st.session_state.get(f"clicks_{name}", 0) + 1
    return chosen


def seed(key: str, value: object) -> str:
    """The key of a widget that shows `value` now, whatever it showed before."""
    st.session_state[key] = value
    return key


def chosen(key: str) -> Any:
    """What the widget shows, or a component has said; None when it isn't there."""
    return st.session_state.get(key)


def take_sort(key: str) -> None:
    """For the table `key`, when a column's head was clicked."""
    said = st.session_state.get(key)
    if said and said.get("sort"):
        change(sort=said["sort"])


def go_to_list(listing: str) -> None:
    after = current().listed(listing)
    if after != current():
        st.query_params.from_dict(to_params(after))


def choose_values(field: str, key: str, dimensions: Collection[str]) -> None:
    """For a facet's on_change: what was chosen is written into the query."""
    after = current().choosing(field, st.session_state.get(key) or (), dimensions)
    change(query=after.query)


def show_view(params: str, view_id: str) -> None:
    """Shows a saved view: its own period and filters, and its name in the URL."""
    wanted = replace(parse(parse_qs(params)), is_paused=current().is_paused, view=view_id)
    st.query_params.from_dict(to_params(wanted))


def view_params() -> str:
    """What a saved view keeps of what is shown now."""
    kept = replace(current(), view=None, is_paused=False, trace_id=None, span_id=None, infers=False)
    return urlencode(to_params(kept), doseq=True)


def is_signed_in() -> bool:
    return bool(st.session_state.get("signed_in"))


def sign_in(ticket_url: str) -> None:
    st.session_state["signed_in"] = True
    st.session_state["ticket_url"] = ticket_url


def take_ticket_url() -> str | None:
    """Where the browser gets its cookie, once after signing in."""
    url: str | None = st.session_state.pop("ticket_url", None)
    return url


def is_first_sight(what: str) -> bool:
    """Whether this session draws `what` now and drew something else, or nothing, before."""
    before, st.session_state["drawn"] = st.session_state.get("drawn"), what
    return bool(before != what)


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


def remember_mark(key: str, selection: str) -> Callable[[], None]:
    """For a chart's on_select: notes the clicked mark, and forgets the selection, which would be there after Back."""

    def note() -> None:
        event = st.session_state.pop(key, None)
        marks = event["selection"].get(selection) if event else None
        if isinstance(marks, list) and marks:
            st.session_state[f"{key}_mark"] = marks[0]

    return note


def clicked_mark_once(key: str) -> Mapping[str, Any] | None:
    """The fields of the mark that was clicked in the chart `key`, once."""
    mark: Mapping[str, Any] | None = st.session_state.pop(f"{key}_mark", None)
    return mark


def open_traces(**changes: Any) -> NoReturn:
    """The list of traces, with what goes along and `changes`."""
    st.switch_page(TRACES_PAGE, query_params=page_params(**changes))


def reported(key: str, name: str) -> str | None:
    """For a callback of the browser component `key`: the text that it sent under `name`."""
    value = st.session_state.get(key, {}).get(name)
    return value if isinstance(value, str) else None


def reveal(keys: Sequence[str]) -> None:
    """Opens the expanders with these keys when they are drawn next."""
    for key in keys:
        st.session_state[key] = True


def value_of(key: str) -> Any:
    """For a widget's callback: what stands in the widget with this key."""
    return st.session_state.get(key)


def wants_copy(key: str) -> None:
    """For a copy button: the next run hands over what is copied."""
    st.session_state[f"copy_{key}"] = True


def takes_copy(key: str) -> bool:
    """Whether the button was clicked, once."""
    return bool(st.session_state.pop(f"copy_{key}", False))


def keep(name: str, value: object) -> None:
    """Remembers something for this viewer until the session ends; None forgets it."""
    st.session_state[f"kept_{name}"] = value


def kept(name: str) -> Any:
    """What was kept under that name, else None."""
    return st.session_state.get(f"kept_{name}")
