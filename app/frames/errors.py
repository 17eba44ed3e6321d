"""Error groups as a sentence, rows of a table and bars over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo
from types import MappingProxyType

import pandas as pd

from app.format import count, one_line, plural
from collector.store.records import ERROR_STATES, ErrorGroup, Period

STATE_MARKS = MappingProxyType({"new": "▲", "reopened": "↻", "known": "●", "resolved": "✓"})
"""A sign beside the colour."""
_GAP = 0.16


def state_counts(groups: Sequence[ErrorGroup]) -> dict[str, int]:
    """Every state that occurs, what deserves a look first."""
    found = Counter(group.state for group in groups)
    return {state: found[state] for state in ERROR_STATES if found[state]}


def errors_sentence(groups: Sequence[ErrorGroup], time_in_words: str, *, is_cut: bool) -> str:
    """Markdown: how many kinds of error there are and which deserve a look."""
    total = f"{count(len(groups))} latest errors" if is_cut else plural(len(groups), "error")
    parts = [f"**{total}** {time_in_words}"]
    states = state_counts(groups)
    loud = [f"**{states[state]} {state}**" for state in ("new", "reopened") if state in states]
    quiet = [f"{states[state]} {state}" for state in ("known", "resolved") if state in states]
    told = [*(f":red[{said}]" for said in loud), *quiet]
    return parts[0] + (f": {', '.join(told)}." if told else ".")


def error_name(group: ErrorGroup) -> str:
    """What a group is called: the exception, the tool that returned it, or that it failed."""
    if group.kind == "returned":
        return f"{group.type or 'tool'} (returned)"
    return group.type or "Failed"


def error_rows(groups: Sequence[ErrorGroup], zone: tzinfo) -> pd.DataFrame:
    """One row a group, in the given order.

    Columns: state, error, message, workflows, runs, first, last, trend (a list of runs).
    """
    frame = pd.DataFrame(
        {
            "state": [f"{STATE_MARKS.get(group.state, '')} {group.state}" for group in groups],
            "error": [one_line(error_name(group)) for group in groups],
            "message": [one_line(group.message or "") or None for group in groups],
            "workflows": [", ".join(one_line(name or "none") for name, _ in group.workflows) for group in groups],
            "runs": pd.array([group.runs for group in groups], dtype="Int64"),
            "trend": [list(group.trend) for group in groups],
            "first": pd.to_datetime([group.first_seen_ns for group in groups], unit="ns", utc=True),
            "last": pd.to_datetime([group.last_seen_ns for group in groups], unit="ns", utc=True),
        }
    )
    return frame.assign(**{name: frame[name].dt.tz_convert(zone) for name in ("first", "last")})


def trend_bars(trend: Sequence[int], period: Period) -> pd.DataFrame:
    """Columns: start, end (UTC), runs; one row for each step that has some."""
    length_ns = max(1, -(-period.length_ns // max(1, len(trend))))
    rows = [
        (period.start_ns + step * length_ns, period.start_ns + round((step + 1 - _GAP) * length_ns), runs)
        for step, runs in enumerate(trend)
        if runs
    ]
    frame = pd.DataFrame(rows, columns=["start", "end", "runs"])
    times = {name: pd.to_datetime(frame[name].astype("int64"), unit="ns", utc=True) for name in ("start", "end")}
    return frame.assign(**times)
