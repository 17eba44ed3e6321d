"""The browser's part of a list: rows that are links, ticks, sorting heads, arrow keys, cards where it is narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from app import state
from app.frames.listing import Cell, Column, Row
from app.theme import Palette

Height = int | Literal["stretch"]
"""Pixels, or what the rest of the page leaves of the window."""
REST_PX = 268
CARDS_PX = 760

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
    cards_px: int = CARDS_PX,
    rest_px: int = REST_PX,
    on_open: Callable[[str], None] | None = None,
) -> tuple[str, ...]:
    """Draws the list; the ids of the ticked rows, two at most. `label` says to a screen reader what is listed.

    A click on a row opens its link within the app, a middle click in a new tab. `sort` is the order that is shown;
    a click on a head writes another one to the URL, except at columns that are sorted in the browser. Where it is
    narrower than `cards_px`, each row is a card. rest_px: what a height of "stretch" leaves to the rest of the page.
    on_open: called with the id of a row that was clicked, before the page is drawn again; not its link then.
    """
    data = {
        "rows": [_given(row) for row in rows],
        "columns": [asdict(column) for column in columns],
        "height": height,
        "rest": rest_px,
        "label": label,
        "sort": sort,
        "ticks": ticks,
        "cards": cards_px,
        "tells": on_open is not None,
        "colours": _colours(palette),
    }

    def opened() -> None:
        if on_open and (chosen := state.reported(key, "opened")):
            on_open(chosen)

    said = _ROWS(
        key=key,
        data=data,
        default={"ticked": []},
        on_ticked_change=_noted,
        on_opened_change=opened,
        on_sort_change=partial(state.take_sort, key),
    )
    shown = {row.id for row in rows}
    return tuple(id for id in said.ticked or () if id in shown)


def _given(row: Row) -> dict[str, Any]:
    cells = [cell if isinstance(cell, str) else _said(cell) for cell in row.cells]
    return {"id": row.id, "href": row.href, "tone": row.tone, "label": row.label, "cells": cells,
            "is_chosen": row.is_chosen}  # fmt: skip


def _said(cell: Cell) -> dict[str, Any]:
    """What there is to say of it, since lists are long."""
    return {name: value for name, value in asdict(cell).items() if value not in (None, "", ())}


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
        "better": palette.better_text,
        "sparkline": palette.sparkline,
    }
