"""The selection in the URL. A widget that changes it is seeded from it on every run, so that Back and links work."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

import streamlit as st

from app.address import parse, to_params
from app.selection import Selection

LATE_S = 3.0
"""So long after a change the browser may still say what the address was before."""
_MOST_LATE = 6
Query = dict[str, tuple[str, ...]]


class Written(NamedTuple):
    """The last change of the address, of which the browser may not know yet."""

    before: tuple[Query, ...]
    """What it may still say."""
    now: Query
    at_s: float


def current() -> Selection:
    return parse(_query())


def change(**changes: Any) -> None:
    """Writes fields of the selection to the URL, as a step that Back takes back."""
    before = current()
    after = replace(before, **changes)
    if after != before:
        _write(to_params(after))


def _query() -> Query:
    """What the address says. A click that was made before the last change came to the browser still brings the address
    from before it, and would undo the change."""
    said = _said()
    written: Written | None = st.session_state.get("written")
    if written and said in written.before and time.monotonic() - written.at_s < LATE_S:
        return written.now
    return said


def _said() -> Query:
    return {name: tuple(st.query_params.get_all(name)) for name in st.query_params}


def _write(params: dict[str, str | list[str]]) -> None:
    older: Written | None = st.session_state.get("written")
    before = (*older.before, older.now, _said()) if older else (_said(),)
    st.query_params.from_dict(params)
    now = _said()
    told = st.session_state.get("address")
    st.session_state["written"] = Written(
        tuple(query for query in before if query != now)[-_MOST_LATE:], now, time.monotonic()
    )
    st.session_state["address"] = told and (told[0], now)


def change_page(**changes: Any) -> None:
    """As `change`, from a callback in a fragment whose change concerns the rest of the page too."""
    change(**changes)
    st.rerun()


def show_address(page: str) -> None:
    """Has the browser's address say what `page` shows; once a run of the whole page.

    A link to the page that is open changes what Streamlit believes the address to be, and not the address. And where
    somebody goes back faster than a change came to the browser, that change comes to the wrong step of the history.
    """
    query, before = _said(), st.session_state.get("address")
    written: Written | None = st.session_state.get("written")
    if written and query != written.now:
        st.session_state["written"] = None  # not late: somebody went back, or followed a link
    st.session_state["address"] = page, query
    if before is not None and before[0] == page and before[1] != query:
        st.query_params.from_dict(query)


def follow(field: str, *, always: bool = False) -> str:
    """The key for the widget that shows `field`, seeded with what the URL says.

    Give the widget the same value as its default, too. The browser is told of a seed by one run alone, and makes a
    widget with its default where the next run came before it had the widget's code, or where a popover was closed:
    its next message says the default then, as if somebody had chosen it.

    always: tells it in every run instead. For selectboxes that can be emptied, which have no default.
    """
    key = f"choice_{field}"
    value = getattr(current(), field)
    if isinstance(value, tuple):
        st.session_state[key] = list(value)  # every time: pills forget their choice when a label changes
    elif always or key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value  # only then: it would wipe out what is half typed
    return key


def follow_as(field: str, shown: object) -> str:
    """As `follow`, where the URL leaves it to the page what is shown."""
    key = f"choice_{field}"
    if st.session_state.get(key) != shown:
        st.session_state[key] = shown
    return key


def take(field: str) -> None:
    """For a widget's on_change: writes its value to the URL."""
    value = st.session_state.get(f"choice_{field}")
    if isinstance(value, list):
        value = tuple(value)
    if value is None:
        value = getattr(Selection(), field)
    change(**{field: value})


def follow_period() -> str:
    """As `follow`, for the periods up to now: none of them is chosen while another time is."""
    key = follow("period")
    if current().between:
        st.session_state[key] = None
    return key


def take_period() -> None:
    """For the on_change of those periods."""
    change(period=st.session_state.get("choice_period") or current().period, between=None)


def take_lower(field: str) -> None:
    """As `take`, for a widget whose options are labels: the URL says them in small letters."""
    change(**{field: str(st.session_state.get(f"choice_{field}", "")).lower()})


def take_id(key: str, field: str) -> None:
    """As `take_choice`, for an id as somebody pastes it: in capitals, with blanks around it or dashes in it."""
    typed = str(st.session_state.get(key) or "").strip().lower().replace("-", "")
    change(**{field: typed or None, "span_id": None})


def take_choice(key: str, field: str) -> None:
    """For the on_change of a widget with a key of its own: writes its value to the URL."""
    change(**{field: st.session_state.get(key), "span_id": None})


def toggle_live() -> None:
    change_page(is_paused=not current().is_paused)


def clear_filters() -> None:
    _write(to_params(current().unfiltered()))
    st.rerun()


def go_to_list(listing: str) -> None:
    after = current().listed(listing)
    if after != current():
        _write(to_params(after))


def choose_values(field: str, key: str, dimensions: Collection[str]) -> None:
    """For a facet's on_change: what was chosen is written into the query."""
    after = current().choosing(field, st.session_state.get(key) or (), dimensions)
    change(query=after.query)


def take_sort(key: str) -> None:
    """For the table `key`, when a column's head was clicked."""
    said = st.session_state.get(key)
    if said and said.get("sort"):
        change(sort=said["sort"])


def show_view(params: str, view_id: str) -> None:
    """Shows a saved view: its own period and filters, and its name in the URL."""
    wanted = replace(parse(parse_qs(params)), is_paused=current().is_paused, view=view_id)
    _write(to_params(wanted))


def view_params() -> str:
    """What a saved view keeps of what is shown now."""
    kept = replace(current(), view=None, is_paused=False, trace_id=None, span_id=None, infers=False)
    return urlencode(to_params(kept), doseq=True)


def saved_report_params(beginning: str) -> str:
    """What a saved cost report keeps of what is shown now, behind the words that its params begin with."""
    now = current()
    return "&".join(
        filter(None, (beginning, urlencode(to_params(Selection(costs=now.costs, project=now.project)), doseq=True)))
    )
