"""A run as bars in lanes, small: what happened when, beside another run on the same axis."""

from __future__ import annotations

import json
from typing import Any

import altair as alt

from app.charts.chart_style import finish
from app.frames.compared_timelines import PairOfTimelines
from app.theme import Palette

_LANE_PX = 15
_AXIS_PX = 24
_BAR = 0.8
"""Of a lane."""


def height_px(pair: PairOfTimelines) -> int:
    return pair.lanes * _LANE_PX + _AXIS_PX


def small_timeline(pair: PairOfTimelines, side: str, palette: Palette) -> Any:
    bars = pair.bars[side]
    drawn = bars.assign(
        fill=[
            palette.kind("failed" if failed else kind)
            for kind, failed in zip(bars["kind"], bars["is_failed"], strict=True)
        ],
        status=["failed" if failed else "ok" for failed in bars["is_failed"]],
        bottom=bars["lane"] + _BAR,
    )
    labels = json.dumps({f"{share:.4f}": text for share, text in pair.ticks})
    axis = alt.Axis(
        values=[share for share, _ in pair.ticks],
        labelExpr=f"{labels}[format(datum.value, '.4f')]",
        labelAlign="left",
        labelPadding=3,
        labelOverlap=True,
        domain=False,
        labelFontSize=10.5,
    )
    chart = (
        alt.Chart(drawn)
        .mark_rect(cornerRadius=1.5, stroke=palette.background, strokeWidth=0.5)
        .encode(
            alt.X("start:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, 1], nice=False)),
            alt.X2("end:Q"),
            alt.Y("lane:Q", axis=None, scale=alt.Scale(domain=[0, pair.lanes], reverse=True, nice=False)),
            alt.Y2("bottom:Q"),
            alt.Color("fill:N", scale=None),
            tooltip=[
                alt.Tooltip("name:N", title="Span"),
                alt.Tooltip("kind:N", title="Kind"),
                alt.Tooltip("status:N", title="Status"),
                alt.Tooltip("duration:N", title="Duration"),
            ],
        )
    )
    return finish(chart, palette)
