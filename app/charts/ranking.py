"""A few names with a bar and a label each, the longest bar first."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import FONT, clickable, finish
from app.format import text_width
from app.theme import Palette

_LABEL_SIZE = 11
_BESIDE_BAR_PX = 6
_LEAST_PX = 8
"""For the longest bar, where names and labels leave less."""


def ranking_chart(frame: pd.DataFrame, palette: Palette, name_px: int = 130) -> Any:
    """Columns: name, value, label, key. Bars are as long as their labels leave them."""
    longest = float(frame["value"].max()) if len(frame) else 0.0
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(domain=False, labelColor=palette.text, labelLimit=name_px, labelPadding=8),
            scale=alt.Scale(domain=list(frame["name"]), paddingInner=0.5),
        ),
        x=alt.X(
            "value:Q",
            axis=None,
            scale=alt.Scale(domain=[0, longest or 1.0], range=[0, _length(frame, longest)], nice=False),
        ),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="  ")],
    )
    bars = base.mark_bar(cursor="pointer", cornerRadiusEnd=3, height=11, color=palette.accent)
    labels = base.mark_text(
        align="left", dx=_BESIDE_BAR_PX, fontSize=_LABEL_SIZE, font=FONT, color=palette.muted
    ).encode(text=alt.Text("label:N"))
    return finish(clickable(bars, "key") + labels, palette)


def _length(frame: pd.DataFrame, longest: float) -> Any:
    """A Vega expression: pixels of the longest bar at which every bar still has its label beside it."""
    limits = ["width"]
    for value, label in zip(frame["value"], frame["label"], strict=True):
        if value > 0:
            room = text_width(label, _LABEL_SIZE) + _BESIDE_BAR_PX
            limits.append(f"{longest / value:.2f} * (width - {room:.0f})")
    return alt.expr(f"max({_LEAST_PX}, min({', '.join(limits)}))")
