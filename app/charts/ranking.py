"""A few names with a bar and a label each, the longest bar first."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import FONT, finish
from app.theme import Palette


def ranking_chart(frame: pd.DataFrame, palette: Palette, room: float = 1.8, name_px: int = 130) -> Any:
    """Columns: name, value, label. `room`: how much wider the plot is than the longest bar, for its label."""
    longest = float(frame["value"].max()) if len(frame) else 0.0
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "name:N",
            sort=None,
            title=None,
            axis=alt.Axis(domain=False, labelColor=palette.text, labelLimit=name_px, labelPadding=8),
            scale=alt.Scale(domain=list(frame["name"]), paddingInner=0.5),
        ),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, longest * room or 1.0])),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="  ")],
    )
    bars = base.mark_bar(cornerRadiusEnd=3, height=11, color=palette.accent)
    labels = base.mark_text(align="left", dx=6, fontSize=11, font=FONT, color=palette.muted).encode(text="label:N")
    return finish(bars + labels, palette)
