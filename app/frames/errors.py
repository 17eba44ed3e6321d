"""Error groups as a sentence, rows of a table and bars over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from types import MappingProxyType

import pandas as pd

from app.format import count, plural
from app.frames.listing import HERE, Column, Row, To, at, counted, link_row, number, over_time, told, trend, when, words
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


ERROR_COLUMNS = (
    Column(id="state", label="State", help="New: first seen in the last 24 hours, and nobody has marked it.", width=96,
           sort=HERE, first="up"),
    replace(words("error", "Error", "The exception; for errors returned under status ok the tool.", 190), opens=True),
    words("message", "Message", "As the newest run has it, cut. All of it opens with a click.", 310),
    words("workflows", "Workflows", "Those whose runs have it, the most frequent first.", 150),
    number("runs", "Runs", "Runs of this time that have it.", 62),
    trend("In this time", "Runs that have it, over the chosen time."),
    when("first", "First seen", "Ever, in your time zone."),
    when("last", "Last seen", "Ever, in your time zone."),
)  # fmt: skip
_TONES = MappingProxyType({"new": "failed", "reopened": "recovered", "resolved": "better", "known": "muted"})


def error_rows(groups: Sequence[ErrorGroup], zone: tzinfo, to: To) -> list[Row]:
    """One row a group, in the given order. `to` is asked for fingerprints."""
    return [
        link_row(
            group.fingerprint,
            to,
            f"{error_name(group)}, {group.state}, {plural(group.runs, 'run')}",
            {
                "state": replace(
                    told(f"{STATE_MARKS.get(group.state, '')} {group.state}", _TONES.get(group.state, "")),
                    order=ERROR_STATES.index(group.state),
                ),
                "error": told(error_name(group), "failed" if group.state == "new" else ""),
                "message": told(group.message),
                "workflows": told(", ".join(name or "none" for name, _ in group.workflows)),
                "runs": counted(group.runs),
                "trend": replace(over_time(group.trend), tone="failed"),
                "first": at(group.first_seen_ns, zone),
                "last": at(group.last_seen_ns, zone),
            },
        )
        for group in groups
    ]


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
