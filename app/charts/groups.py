"""The figures of two groups of runs: a tick a run with the middle half as a box, and how they ended."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import DURATION_LABEL, FONT, finish
from app.theme import Palette

HEIGHT_PX = 118
OUTCOMES_PX = 96
_LABELS = {
    "duration_ms": DURATION_LABEL,
    "total_tokens": "format(datum.value, '~s')",
    "cost_usd": "'$' + format(datum.value, datum.value < 0.01 ? '.2~r' : '.3~r')",
}


def distribution(values: pd.DataFrame, name: str, palette: Palette) -> Any:
    """From `frames.groups.values`; `name` is that of the figure."""
    colour = alt.Color(
        "group:N", legend=None, scale=alt.Scale(domain=["A", "B"], range=[palette.side("a"), palette.side("b")])
    )
    y = alt.Y("group:N", title=None, scale=alt.Scale(domain=["A", "B"], paddingInner=0.35), axis=_group_axis(palette))
    axis = alt.Axis(labelExpr=_LABELS[name], tickCount=5, domain=False, labelOverlap=True)
    x = alt.X("value:Q", title=None, axis=axis, scale=alt.Scale(zero=False, nice=True))
    quarters = values.groupby("group")["value"].describe()[["25%", "50%", "75%"]].reset_index()
    quarters.columns = pd.Index(["group", "low", "middle", "high"])
    base = alt.Chart(quarters)
    layers = [
        base.mark_bar(opacity=0.25, height=26, cornerRadius=4).encode(alt.X("low:Q"), alt.X2("high:Q"), y, colour),
        alt.Chart(values)
        .mark_tick(thickness=1, height=20, opacity=0.55)
        .encode(x, y, colour, tooltip=[alt.Tooltip("group:N", title="Group"), alt.Tooltip("text:N", title=" ")]),
        base.mark_tick(thickness=4, height=30, opacity=1).encode(alt.X("middle:Q"), y, colour),
    ]
    return finish(alt.layer(*layers), palette)


def outcome_bars(outcomes: pd.DataFrame, palette: Palette) -> Any:
    """From `frames.groups.outcomes`: shares of each group, from edge to edge."""
    kinds = ["ok", "recovered", "failed"]
    colour = alt.Color(
        "outcome:N", scale=alt.Scale(domain=kinds, range=[palette.outcome(kind) for kind in kinds]), legend=alt.Legend()
    )
    y = alt.Y("group:N", title=None, scale=alt.Scale(domain=["A", "B"], paddingInner=0.35), axis=_group_axis(palette))
    x = alt.X("start:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    tips = [alt.Tooltip("text:N", title=" "), alt.Tooltip("runs:Q", title="Runs")]
    bars = alt.Chart(outcomes).mark_bar(stroke=palette.background).encode(x, alt.X2("end:Q"), y, colour, tooltip=tips)
    return finish(bars, palette)


def _group_axis(palette: Palette) -> alt.Axis:
    return alt.Axis(labelColor=palette.text, labelFont=FONT, labelFontWeight=600, labelFontSize=12, domain=False)
