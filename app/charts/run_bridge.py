"""A bridge from one total to another: bars that begin where the one before ended."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import FONT, clickable, finish
from app.frames.run_bridge import Bridge
from app.theme import Palette

ROW_PX = 34
_AXIS_PX = 24
_NAME_PX = 172
_UNIT_LABELS = {"s": "datum.label + ' s'", "ms": "datum.label + ' ms'", "$": "'$' + datum.label"}


def height_px(bridge: Bridge) -> int:
    return len(bridge.steps) * ROW_PX + _AXIS_PX


def bridge_chart(bridge: Bridge, palette: Palette) -> Any:
    frame = bridge.steps.assign(
        fill=[_fill(what, palette) for what in bridge.steps["what"]],
        right=bridge.steps[["start", "end"]].max(axis=1),
    )
    y = alt.Y(
        "name:N",
        title=None,
        sort=None,
        scale=alt.Scale(domain=list(frame["name"]), paddingInner=0.34, paddingOuter=0.1),
        axis=alt.Axis(labelColor=palette.text, labelLimit=_NAME_PX, labelPadding=8, domain=False, labelFontSize=12),
    )

    def x(field: str) -> alt.X:
        axis = alt.Axis(tickCount=4, labelExpr=_UNIT_LABELS[bridge.unit], domain=False, labelOverlap=True)
        return alt.X(f"{field}:Q", title=None, scale=alt.Scale(domain=list(bridge.axis), nice=False), axis=axis)

    bars = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=2)
        .encode(x("start"), alt.X2("end:Q"), y, alt.Color("fill:N", scale=None))
    )
    labels = (
        alt.Chart(frame)
        .mark_text(align="left", dx=6, font=FONT, fontSize=11.5, fontWeight=600, color=palette.text)
        .encode(x("right"), y, text="label:N")
    )
    lines = _connectors(frame, x, y, palette)
    return finish(
        alt.layer(bars, lines, *_break(bridge, frame, x, y, palette), labels, _rows(bridge, frame, x, y)), palette
    )


def _rows(bridge: Bridge, frame: pd.DataFrame, x: Any, y: alt.Y) -> Any:
    """Each step from edge to edge, unseen: a bar may be too thin to be pointed at."""
    low, high = bridge.axis
    rows = alt.Chart(frame[frame["part"].notna()].assign(low=low, high=high)).mark_bar(opacity=0, cursor="pointer")
    tips = [alt.Tooltip("name:N", title=" "), alt.Tooltip("label:N", title="  "), alt.Tooltip("tip:N", title="   ")]
    return clickable(rows.encode(x("low"), alt.X2("high:Q"), y, tooltip=tips), "part")


def _connectors(frame: pd.DataFrame, x: Any, y: alt.Y, palette: Palette) -> Any:
    """A line from each bar's end up to the bar before."""
    joined = frame.iloc[1:].assign(at=frame["end"].iloc[:-1].to_numpy())
    mark = alt.Chart(joined).mark_tick(
        orient="vertical", thickness=1.2, color=palette.muted, yOffset=-ROW_PX * 0.42, height=ROW_PX * 0.5, aria=False
    )
    return mark.encode(x("at"), y)


def _break(bridge: Bridge, frame: pd.DataFrame, x: Any, y: alt.Y, palette: Palette) -> list[Any]:
    """Two strokes through the totals where the axis does not begin at 0."""
    if not bridge.is_broken:
        return []
    low, high = bridge.axis
    totals = frame[frame["what"].str.startswith("total")].assign(at=low + (high - low) * 0.05, strokes="//")
    mark = alt.Chart(totals).mark_text(font=FONT, fontSize=18, fontWeight=700, color=palette.background, aria=False)
    return [mark.encode(x("at"), y, text="strokes:N")]


def _fill(what: str, palette: Palette) -> str:
    return {
        "total_a": palette.side("a"),
        "total_b": palette.side("b"),
        "worse": palette.worse,
        "better": palette.better,
    }.get(what, palette.muted)
