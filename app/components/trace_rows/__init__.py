"""The browser's part of a list: rows that are links, ticks, sorting heads, arrow keys, cards where it is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Literal

import streamlit as st

from app import state
from app.frames.rows import Column, Row
from app.theme import Palette

Height = int | Literal["stretch"]

_HERE = Path(__file__).parent
_ROWS = st.components.v2.component(
    "msgtrace_rows", css=_HERE.joinpath("rows.css").read_text(), js=_HERE.joinpath("rows.js").read_text()
)


def draw_rows(
    rows: Sequence[Row],
    columns: Sequence[Column],
    *,
    key: str,
    height: Height,
    palette: Palette,
    label: str,
    sort: str = "",
    ticks: bool = False,
) -> tuple[str, ...]:
    """Draws the list; the ids of the ticked rows, two at most. `label` says to a screen reader what is listed.

    A click on a row opens its link within the app, a middle click in a new tab. `sort` is the order that is shown;
    a click on a head writes another one to the URL.
    """
    data = {
        "rows": [asdict(row) for row in rows],
        "columns": [asdict(column) for column in columns],
        "height": height,
        "label": label,
        "sort": sort,
        "ticks": ticks,
        "colours": _colours(palette),
    }
    said = _ROWS(
        key=key,
        data=data,
        default={"ticked": []},
        on_ticked_change=_noted,
        on_sort_change=partial(state.take_sort, key),
    )
    shown = {row.id for row in rows}
    return tuple(id for id in said.ticked or () if id in shown)


def _noted() -> None:
    """The ticks are read from what the component returns."""


def _colours(palette: Palette) -> dict[str, str]:
    return {
        "muted": palette.muted,
        "quiet": palette.quiet,
        "failed": palette.failed_text,
        "failed-row": palette.failed_row,
        "recovered": palette.recovered_text,
        "running": palette.running_text,
    }
