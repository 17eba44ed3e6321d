"""From the cost before to the cost now, step by step."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import FONT, clickable, finish
from app.theme import Palette

_BAR = 0.72
"""Of a bar's place."""
_ZOOM_FROM = 0.35
"""Where the steps are less than this of the lower total, the axis begins above 0, and the totals fade out."""


def bridge_chart(frame: pd.DataFrame, title: str, subtitle: list[str], palette: Palette) -> Any:
    """frame: of `frames.costs.bridge_frame`. Title and subtitle stand inside, so that the picture speaks for itself.

    A click anywhere above or below a bar tells its `step`: many bars are too flat to be hit.
    """
    lowest = float(frame.loc[frame["kind"] != "total", "low"].min())
    lowest = min(lowest, float(frame.loc[frame["kind"] == "total", "high"].min()))
    highest = float(frame["high"].max())
    start = lowest - (highest - lowest) * 0.25 if highest > 0 and highest - lowest < _ZOOM_FROM * lowest else 0.0
    shown = frame.assign(low=frame["low"].clip(lower=start), next=frame["name"].shift(-1))
    names = list(frame["name"])
    order = alt.Scale(domain=names, paddingInner=1 - _BAR, paddingOuter=0.2)
    two_lines = (  # at the first space
        "indexof(datum.label, ' ') < 0 ? datum.label : "
        "[split(datum.label, ' ')[0], slice(datum.label, indexof(datum.label, ' ') + 1)]"
    )
    axis = alt.Axis(title=None, labelAngle=0, labelColor=palette.text, labelExpr=two_lines, domain=True)
    x = alt.X("name:N", scale=order, axis=axis)
    scale = alt.Scale(domain=[start, start + (highest - start) * 1.12 or 1.0], nice=False)
    y = alt.Y("low:Q", scale=scale, axis=alt.Axis(title=None, format="$,~r", tickCount=5, domain=False))
    bars = _bars(shown, x, y, palette, fades=start > 0)
    connectors = (
        alt.Chart(shown[shown["next"].notna()])
        .mark_rule(strokeDash=[2, 2], color=palette.muted)
        .encode(
            x=alt.X("name:N", scale=order, axis=axis, bandPosition=1),
            x2=alt.X2("next:N", bandPosition=0),
            y=alt.Y("at:Q", scale=scale),
        )
    )
    labels = (
        alt.Chart(shown)
        .mark_text(dy=-8, font=FONT, fontSize=11, fontWeight=600, color=palette.text)
        .encode(x=x, y=alt.Y("high:Q", scale=scale), text="label:N")
    )
    tooltip = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="  ")]
    columns = (
        alt.Chart(shown)
        .mark_rect(opacity=0, cursor="pointer")
        .encode(x=x, y=alt.value(0), y2=alt.value("height"), tooltip=tooltip)
    )
    layers = bars + connectors + labels + clickable(columns, "step")
    return finish(layers.properties(title=chart_title(title, subtitle, palette)), palette)


def _bars(frame: pd.DataFrame, x: alt.X, y: alt.Y, palette: Palette, *, fades: bool) -> Any:
    colours = alt.Scale(domain=["up", "down"], range=[palette.dearer, palette.cheaper])
    steps = alt.Chart(frame[frame["kind"] != "total"]).mark_bar(cornerRadius=2)
    totals = alt.Chart(frame[frame["kind"] == "total"]).mark_bar(
        cornerRadius=2, color=_total_colour(palette, fades=fades)
    )
    return steps.encode(x=x, y=y, y2="high:Q", color=alt.Color("kind:N", scale=colours, legend=None)) + totals.encode(
        x=x, y=y, y2="high:Q"
    )


def chart_title(title: str, subtitle: list[str], palette: Palette) -> alt.TitleParams:
    return alt.TitleParams(
        text=title,
        subtitle=subtitle,
        anchor="start",
        frame="bounds",
        font=FONT,
        subtitleFont=FONT,
        fontSize=14,
        fontWeight=600,
        subtitleFontSize=11.5,
        color=palette.text,
        subtitleColor=palette.muted,
        offset=14,
        subtitlePadding=5,
        dx=0,
    )


def _total_colour(palette: Palette, *, fades: bool) -> Any:
    if not fades:
        return palette.total
    ends = ({"offset": 0, "color": palette.background}, {"offset": 0.45, "color": palette.total})
    return {"gradient": "linear", "x1": 1, "x2": 1, "y1": 1, "y2": 0, "stops": list(ends)}
