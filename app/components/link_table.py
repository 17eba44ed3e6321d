"""A table whose rows can be chosen. Canvas text: nothing in it is read as markdown or HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.components.trace_rows import Height
from app.components.trace_table import HEADER_PX, ROW_PX
from app.format import UNKNOWN, count, duration, fit, money

FORMATS: Mapping[str, Callable[[Any], str]] = {
    "_ms": duration,
    "_usd": money,
    **dict.fromkeys(("tokens", "runs", "calls", "turns", "sessions"), count),
    "steps": lambda steps: UNKNOWN if steps is None else f"{steps:.1f}",
}
"""By the end of a column's name."""
Styles = Callable[[str, int], str]
"""CSS of a cell, by column and number of the row."""


def height_of(rows: int, most: int) -> int:
    return ROW_PX * max(1, min(rows, most)) + HEADER_PX


def text(label: str, help_text: str, width: int, *, right: bool = False) -> Any:
    return st.column_config.Column(label, help=help_text, width=width, alignment="right" if right else "left")


def draw_link_table(
    frame: pd.DataFrame,
    columns: Mapping[str, Any],
    ids: Sequence[str],
    *,
    key: str,
    height: Height,
    alt: str,
    style: Styles | None = None,
    cut: Mapping[str, int] | None = None,
) -> str | None:
    """Draws `columns` of the frame; the id of the row that was clicked, once.

    cut: pixels of columns of free text, which would break off in the middle of a letter.
    """
    shown = frame[list(columns)].copy()
    for name, width in (cut or {}).items():
        shown[name] = [fit(value, width) if isinstance(value, str) else "" for value in shown[name]]
    with st.container(key=key):
        st.dataframe(
            _styled(shown, style),
            hide_index=True,
            height=height,
            row_height=ROW_PX,
            key=state.fresh_key(key),
            on_select=state.remember_click(state.fresh_key(key), ids),
            selection_mode="single-cell",
            placeholder="",
            column_config=columns,
            alt=alt,
        )
    return state.clicked_fresh(key)


def _styled(frame: pd.DataFrame, style: Styles | None) -> Any:
    styler = frame.style.format(
        {name: _or_unknown(form) for name in frame for end, form in FORMATS.items() if str(name).endswith(end)}
    )
    if style is None:
        return styler

    def of_row(row: pd.Series[Any]) -> list[str]:
        return [style(str(name), int(str(row.name))) for name in row.index]

    return styler.apply(of_row, axis=1)


def _or_unknown(form: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: form(None if pd.isna(value) else value)
