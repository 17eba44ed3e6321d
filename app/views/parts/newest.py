"""The lower half of Home: the newest traces and the rail beside them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import queries, state
from app.components.errors import draw_errors
from app.components.list_head import draw_list_head
from app.components.overview import draw_dearest, draw_slowest
from app.components.trace_table import HEADER_PX, ROW_PX, SHORT_PX, draw_trace_table
from app.format import count
from app.selection import Selection
from app.theme import palette
from collector.store.records import ErrorGroup, Overview

NEWEST = 14


def draw_lower(selection: Selection, figures: Overview, wrong: Sequence[ErrorGroup], now_ns: int) -> None:
    with st.container(key="lower"):
        table, rail = st.columns([2.62, 1], gap=10)
    with table:
        draw_newest(selection, now_ns, figures.now.runs)
    with rail, st.container(gap=10, key="rail"):
        draw_rail(figures, wrong, now_ns)


def draw_newest(selection: Selection, now_ns: int, runs: int) -> None:
    newest = queries.traces(selection.carried().trace_filter(now_ns), limit=NEWEST).traces
    draw_list_head("Newest traces", f"All {count(runs)}")
    height = ROW_PX * len(newest) + HEADER_PX
    draw_trace_table(newest, SHORT_PX, key="newest", height=height, palette=palette())


def draw_rail(figures: Overview, wrong: Sequence[ErrorGroup], now_ns: int) -> None:
    draw_errors(wrong, state.viewer_zone(), now_ns)
    draw_slowest(figures, palette())
    draw_dearest(figures, palette())
