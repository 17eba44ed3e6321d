"""The table of traces. Canvas text: nothing in it is read as markdown or HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd
import streamlit as st
from streamlit.column_config import Column

from app import state
from app.format import UNKNOWN, count, duration, fit, money
from app.frames.trace_table import CUT, trace_rows
from app.theme import Palette
from collector.store.records import TraceSummary

ROW_PX = 32
HEADER_PX = 34
FULL_PX = {
    "outcome": 90,
    "started": 92,
    "workflow": 138,
    "input": 232,
    "output": 254,
    "model": 136,
    "duration_ms": 78,
    "tokens": 72,
    "cost_usd": 74,
}
"""Columns and their widths for a table across the page."""
SHORT_PX = {
    "outcome": 84,
    "started": 92,
    "workflow": 140,
    "input": 180,
    "output": 184,
    "duration_ms": 74,
    "cost_usd": 72,
}
"""For one beside a rail."""
_DAY = pd.Timedelta(days=1)

Height = int | Literal["stretch"]
_LABELS = {
    "outcome": ("Outcome", "How the run ended. A dot: ok. Recovered: something inside failed, the root did not."),
    "started": ("Started", "In your time zone."),
    "workflow": ("Workflow", "The workflow, or the name of the root span."),
    "input": ("Input", "What went in, cut. All of it is on the trace's page."),
    "output": ("Output", "What came out, or the error of a failed run, cut."),
    "model": ("Model", "Every model that answered."),
    "duration_ms": ("Duration", "From the first span's start to the last span's end."),
    "tokens": ("Tokens", "Input and output of all counted model calls."),
    "cost_usd": ("Cost", "Sum of the known costs."),
}


def draw_trace_table(
    traces: Sequence[TraceSummary], widths_px: Mapping[str, int], *, key: str, height: Height, palette: Palette
) -> None:
    """Draws the columns that `widths_px` names; a click anywhere in a row opens the trace."""
    frame = trace_rows(traces, state.viewer_zone())
    for name in CUT & widths_px.keys():
        frame[name] = [fit(text, widths_px[name]) if isinstance(text, str) else "" for text in frame[name]]
    st.dataframe(
        _styled(frame[list(widths_px)], [trace.outcome for trace in traces], palette),
        hide_index=True,
        height=height,
        row_height=ROW_PX,
        key=key,
        on_select=state.remember_click(key, [trace.trace_id for trace in traces]),
        selection_mode="single-cell",
        placeholder=UNKNOWN,
        column_config={name: _column(name, width, _is_recent(frame)) for name, width in widths_px.items()},
        alt=f"{len(traces)} traces. A click on a row opens it.",
    )
    if trace_id := state.clicked(key):
        state.open_trace(trace_id)


def _is_recent(frame: pd.DataFrame) -> bool:
    """Whether the time of day says when all of them were."""
    return bool(pd.Timestamp.now("UTC") - frame["started"].min() < _DAY)


def _column(name: str, width: int, is_recent: bool) -> Any:
    label, help_text = _LABELS[name]
    if name == "started":
        shown = "HH:mm:ss" if is_recent else "D MMM HH:mm"
        return st.column_config.DatetimeColumn(label, help=help_text, width=width, format=shown)
    right = name in ("duration_ms", "tokens", "cost_usd")
    return Column(label, help=help_text, width=width, alignment="right" if right else "left")


def _styled(frame: pd.DataFrame, outcomes: Sequence[str], palette: Palette) -> Any:
    def row_style(row: pd.Series[Any]) -> list[str]:
        outcome = outcomes[int(str(row.name))]
        ground = f"background-color:{palette.failed_row};" if outcome == "failed" else ""
        return [ground + _text_style(str(name), outcome, palette) for name in row.index]

    texts = {"duration_ms": duration, "tokens": count, "cost_usd": money}
    formats = {name: _or_unknown(text) for name, text in texts.items() if name in frame}
    return frame.style.apply(row_style, axis=1).format(formats)


def _or_unknown(text: Any) -> Any:
    return lambda value: text(None if pd.isna(value) else value)


def _text_style(column: str, outcome: str, palette: Palette) -> str:
    colours = {
        "ok": palette.quiet,
        "failed": palette.failed_text,
        "recovered": palette.recovered_text,
        "running": palette.running_text,
    }
    if column == "outcome":
        return f"color:{colours.get(outcome, palette.muted)}"
    return f"color:{palette.failed_text}" if column == "output" and outcome == "failed" else ""
