"""Bordered blocks: a panel with a title, and a chart in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import state
from app.charts.chart_style import MARK


def panel(key: str, title: str, note: str = "", help: str | None = None) -> DeltaGenerator:
    """A block to draw in. `title` and `note` are our own words or escaped."""
    block = st.container(border=True, key=f"panel_{key}", gap=None)
    head = block.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"
    )
    head.markdown(f"**{title}**", width="content", help=help)
    if note:
        head.caption(note, width="content")
    return block


def draw_chart(chart: Any, height: int, key: str, alt: str) -> None:
    """An Altair chart, or the `drawing` of one. `alt` says in words what it shows, for those who don't see it."""
    _draw(chart, height=height, key=key, alt=alt)


def draw_answering_chart(
    chart: Any, height: int, key: str, alt: str, on_click: Callable[[Mapping[str, Any]], None]
) -> None:
    """As `draw_chart`, for a chart made `clickable`: `on_click` is called with the fields of a clicked mark."""
    note = state.remember_mark(key, MARK)

    def answer() -> None:
        note()
        if mark := state.clicked_mark_once(key):
            on_click(mark)

    _draw(chart, height=height, key=key, alt=alt, on_select=answer, selection_mode=MARK)


def draw_clickable_chart(chart: Any, height: int, key: str, alt: str) -> Mapping[str, Any] | None:
    """As `draw_chart`, for a chart made `clickable`; returns the fields of a mark that was clicked, once."""
    note = state.remember_mark(key, MARK)
    _draw(chart, height=height, key=key, alt=alt, on_select=note, selection_mode=MARK)
    return state.clicked_mark_once(key)


def _draw(chart: Any, **options: Any) -> None:
    draw = st.vega_lite_chart if isinstance(chart, dict) else st.altair_chart
    draw(chart, width="stretch", theme=None, **options)
