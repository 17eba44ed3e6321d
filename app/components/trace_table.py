"""The lists of traces and calls."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from app import state
from app.components.trace_rows import Height, draw_rows
from app.format import plural
from app.frames.rows import LLM_COLUMNS, TOOL_COLUMNS, TRACE_COLUMNS, call_rows, trace_rows
from app.theme import Palette
from collector.store.records import Call, TraceSummary

ROW_PX = 32
HEADER_PX = 36
"""With the frame round the list."""
FULL_PX: Mapping[str, int] = MappingProxyType({column.id: column.width for column in TRACE_COLUMNS.values()})
"""Columns and their widths for a list across the page."""
SHORT_PX: Mapping[str, int] = MappingProxyType(
    {name: FULL_PX[name] for name in ("outcome", "started", "workflow", "input", "output", "duration_ms", "cost_usd")}
)
"""For one beside a rail."""


def height_of(rows: int, most: int) -> int:
    """Pixels of a list of so many rows; of more than `most` the others are scrolled to."""
    return ROW_PX * max(1, min(rows, most)) + HEADER_PX


def draw_trace_table(
    traces: Sequence[TraceSummary],
    widths_px: Mapping[str, int],
    *,
    key: str,
    height: Height,
    palette: Palette,
    sort: str | None = None,
    ticks: bool = False,
) -> tuple[str, ...]:
    """Draws the columns that `widths_px` names; a click in a row opens its trace. The ids of the ticked traces.

    sort: the order that is shown and can be changed at the heads; None for a list that stays as it is.
    """
    columns = [replace(TRACE_COLUMNS[name], width=width) for name, width in widths_px.items()]
    if sort is None:
        columns = [replace(column, sort=None) for column in columns]
    rows = trace_rows(traces, columns, state.viewer_zone(), time.time_ns(), state.trace_link)
    label = f"{plural(len(traces), 'trace')}: a row opens its trace"
    return draw_rows(rows, columns, key=key, height=height, palette=palette, label=label, sort=sort or "", ticks=ticks)


def draw_call_table(calls: Sequence[Call], listing: str, *, height: Height, palette: Palette, sort: str) -> None:
    """listing: llm or tool. A click in a row opens the call in its trace."""
    columns = LLM_COLUMNS if listing == "llm" else TOOL_COLUMNS
    rows = call_rows(calls, columns, state.viewer_zone(), time.time_ns(), state.trace_link)
    label = f"{plural(len(calls), 'call')}: a row opens its call"
    draw_rows(rows, columns, key=f"calls_{listing}", height=height, palette=palette, label=label, sort=sort)
