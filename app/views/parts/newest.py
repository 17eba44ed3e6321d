"""The lower half of Home: the newest traces and the rail beside them."""

from __future__ import annotations

from app import queries, state
from app.components.errors import draw_latest_errors
from app.components.overview import draw_dearest, draw_newest_head, draw_slowest
from app.components.trace_table import HEADER_PX, ROW_PX, SHORT_PX, draw_trace_table
from app.frames.headline import latest_errors
from app.selection import Selection
from app.theme import palette
from collector.store.records import Overview

NEWEST = 13


def draw_newest(selection: Selection, now_ns: int, runs: int) -> None:
    newest = queries.traces(selection.carried().trace_filter(now_ns), limit=NEWEST).traces
    draw_newest_head(runs)
    height = ROW_PX * len(newest) + HEADER_PX
    draw_trace_table(newest, SHORT_PX, key="newest", height=height, palette=palette())


def draw_rail(figures: Overview, now_ns: int) -> None:
    errors = latest_errors(figures.failed_runs)
    draw_latest_errors(errors, figures.now.failed, state.viewer_zone(), now_ns)
    draw_slowest(figures, palette())
    draw_dearest(figures, palette())
