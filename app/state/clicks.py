"""What a viewer did to a table, a chart or a component of the browser, told once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st


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


def note_clicked(key: str, chosen: str) -> None:
    """For a list's on_open: what `clicked` tells then."""
    st.session_state[f"{key}_clicked"] = chosen


def fresh_key(name: str) -> str:
    """The key of a table on a page that opens its rows itself; another one after each click.

    The browser keeps what is selected under a key, and would choose the same row again when Back brings the table.
    """
    return f"{name}_{st.session_state.get(f'clicks_{name}', 0)}"


def seed(key: str, value: object) -> str:
    """The key of a widget that shows `value` now, whatever it showed before."""
    st.session_state[key] = value
    return key


def chosen(key: str) -> Any:
    """What the widget shows, or a component has said; None when it isn't there."""
    return st.session_state.get(key)


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


def take_turns(name: str, key: str | None) -> bool:
    """For charts that share `fresh_key(name)`: `key` says which of them was clicked now, None that none was.

    Whether they get another key, because another one was clicked before: the browser keeps a clicked mark, and doesn't
    tell of a second click on it.
    """
    before = st.session_state.get(f"turn_{name}")
    is_over = before not in (None, key)
    st.session_state[f"turn_{name}"] = None if is_over else key
    if is_over:
        st.session_state[f"clicks_{name}"] = st.session_state.get(f"clicks_{name}", 0) + 1
    return is_over


def reported(key: str, name: str) -> str | None:
    """For a callback of the browser component `key`: the text that it sent under `name`."""
    value = st.session_state.get(key, {}).get(name)
    return value if isinstance(value, str) else None


def value_of(key: str) -> Any:
    """For a widget's callback: what stands in the widget with this key."""
    return st.session_state.get(key)


def wants_copy(key: str) -> None:
    """For a copy button: the next run hands over what is copied."""
    st.session_state[f"copy_{key}"] = True


def takes_copy(key: str) -> bool:
    """Whether the button was clicked, once."""
    return bool(st.session_state.pop(f"copy_{key}", False))
