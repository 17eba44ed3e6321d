"""The list of errors and the states to filter it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app import state
from app.components.link_table import bars, draw_link_table, text, when
from app.components.trace_rows import Height
from app.format import count
from app.frames.errors import STATE_MARKS, error_rows
from app.theme import Palette
from collector.store.records import ErrorGroup


def draw_states(counts: Mapping[str, int], chosen: str | None) -> None:
    shown = list(counts) if chosen is None or chosen in counts else [*counts, chosen]
    st.pills(
        "State",
        shown,
        format_func=lambda name: f"{STATE_MARKS[name]} {name} {count(counts.get(name, 0))}",
        key=state.follow("error_state"),
        on_change=state.take,
        args=("error_state",),
        label_visibility="collapsed",
    )


def draw_error_table(groups: Sequence[ErrorGroup], height: Height, palette: Palette) -> str | None:
    """The fingerprint of the error that was clicked."""
    colours = {
        "new": palette.failed_text,
        "reopened": palette.recovered_text,
        "resolved": palette.better_text,
        "known": palette.muted,
    }

    def style(column: str, row: int) -> str:
        state_name = groups[row].state
        if column == "state":
            return f"color:{colours[state_name]}"
        return f"color:{palette.failed_text};font-weight:600" if column == "error" and state_name == "new" else ""

    return draw_link_table(
        error_rows(groups, state.viewer_zone()),
        {
            "state": text("State", "New: first seen in the last 24 hours, and nobody has marked it.", 96),
            "error": text("Error", "The exception; for errors returned under status ok the tool.", 190),
            "message": text("Message", "As the newest run has it, cut. All of it opens with a click.", 310),
            "workflows": text("Workflows", "Those whose runs have it, the most frequent first.", 150),
            "runs": text("Runs", "Runs of this time that have it.", 56, right=True),
            "trend": bars("In this time", "Runs that have it, over the chosen time.", palette.outcome("failed")),
            "first": when("First seen", "Ever, in your time zone."),
            "last": when("Last seen", "Ever, in your time zone."),
        },
        [group.fingerprint for group in groups],
        key="error_groups",
        height=height,
        alt=f"{len(groups)} errors. A click on a row opens it.",
        style=style,
        cut={"error": 190, "message": 310, "workflows": 150},
    )
