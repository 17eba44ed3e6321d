"""A timeline as a Gantt chart."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.drawing import Drawing, drawing, table_of
from app.frames.timeline import Timeline
from app.theme import KIND_PATHS, Palette

SELECTION, ZOOM = "span", "zoom"
"""The names of the point selection, whose value is [{"span_id": ...}], and of the interval in view."""

LANE_PX = 24
_AXIS_PX = 26
_BAR_PX = (3, 19)
_LINE_PX = 22
_ICON_PX = 17
_LABEL_FROM_PX = 46
_LETTER_PX = 6

_LEFT = "max(scale('x', datum.start), 0)"
_WIDTH = f"(min(scale('x', datum.end), width) - {_LEFT})"
"""Pixels of a bar in view: labels fit at any width of the page, and after zooming."""
_ROOM = f"({_WIDTH} - {_ICON_PX + 10})"
_TEXT = (
    f"{_WIDTH} < {_LABEL_FROM_PX} ? '' : "
    f"length(datum.label_long) * {_LETTER_PX} < {_ROOM} ? datum.label_long : datum.label"
)
_SCROLLED = f"({_LEFT} - scale('x', datum.start))"
"""Pixels of a bar out of view on the left: icon and label stay in view."""

_START = (alt.X("start:Q"), alt.Y("lane:Q"))
_TOOLTIPS = (
    ("name", "Span"),
    ("kind", "Kind"),
    ("status", "Status"),
    ("duration", "Duration"),
    ("at", "Starts at"),
    ("self_time", "Its own time"),
    ("tokens", "Tokens"),
    ("cost", "Cost"),
)


def height_px(timeline: Timeline) -> int:
    return timeline.lanes * LANE_PX + _AXIS_PX


def gantt(timeline: Timeline, palette: Palette) -> alt.LayerChart:
    """Bars by lane, the critical path as a line under them, the selected bar outlined.

    The data is named and comes from `datasets`: the chart is the same for every selection, so the browser only
    takes the new data and keeps the zoom.
    """
    layers = [_bars(timeline, palette), _path(palette), _icons(), _labels(), _outline(palette)]
    chart: alt.LayerChart = (
        alt.layer(*layers)
        .properties(height=height_px(timeline), padding={"left": 0, "right": 2, "top": 0, "bottom": 0})
        .configure(background="transparent")
        .configure_view(stroke=None)
    )
    return chart


def gantt_drawing(timeline: Timeline, palette: Palette) -> Drawing:
    """The chart for every selection; `selected` is to be put into its datasets."""
    drawn = drawing(gantt(timeline, palette))
    frames = datasets(timeline, None, palette)
    return {**drawn, "datasets": {name: table_of(frames[name]) for name in ("bars", "path")}}


def datasets(timeline: Timeline, span_id: str | None, palette: Palette) -> dict[str, pd.DataFrame]:
    """What the layers of `gantt` draw; `span_id` is the selected span."""
    return {
        "bars": _coloured(timeline.bars, palette),
        "path": timeline.path,
        "selected": timeline.selected(span_id),
    }


def _bars(timeline: Timeline, palette: Palette) -> alt.Chart:
    x = alt.X(
        "start:Q",
        axis=_time_axis(timeline.unit, palette),
        scale=alt.Scale(domain=[0, timeline.length], nice=False),
    )
    y = alt.Y("lane:Q", axis=None, scale=alt.Scale(domain=[0, timeline.lanes], reverse=True, nice=False))
    choose = alt.selection_point(name=SELECTION, fields=["span_id"], on="click", clear="view:mouseout", empty=False)
    zoom = alt.selection_interval(
        name=ZOOM, bind="scales", encodings=["x"], zoom="wheel![event.ctrlKey || event.metaKey]"
    )
    layer: alt.Chart = (
        _layer("bars")
        .mark_rect(cornerRadius=3, cursor="pointer", clip=True, **_extent())
        .encode(
            x,
            alt.X2("end"),
            y,
            alt.Y2("lane"),
            alt.Color("fill:N", scale=None),
            alt.Description("label_long:N"),
            tooltip=_tooltips(),
        )
        .add_params(choose, zoom)
    )
    return layer


def _path(palette: Palette) -> alt.Chart:
    layer: alt.Chart = (
        _layer("path")
        .mark_rule(strokeWidth=2.5, strokeCap="butt", aria=False, color=palette.text, yOffset=_LINE_PX, clip=True)
        .encode(*_START, alt.X2("end"))
    )
    return layer


def _icons() -> alt.Chart:
    shapes = alt.Scale(domain=list(KIND_PATHS), range=list(KIND_PATHS.values()))
    layer: alt.Chart = (
        _layer("bars")
        .mark_point(
            aria=False,
            filled=True,
            size=90,
            xOffset=alt.expr(f"{_SCROLLED} + 10"),
            yOffset=sum(_BAR_PX) / 2,
            opacity=alt.expr(f"{_WIDTH} < {_ICON_PX} ? 0 : 1"),
            clip=True,
        )
        .encode(
            *_START,
            alt.Shape("shape:N", scale=shapes, legend=None),
            alt.Color("ink:N", scale=None),
            tooltip=_tooltips(),
        )
    )
    return layer


def _labels() -> alt.Chart:
    layer: alt.Chart = (
        _layer("bars")
        .mark_text(
            aria=False,
            align="left",
            baseline="middle",
            font="Inter",
            fontSize=11,
            fontWeight=500,
            text=alt.expr(_TEXT),
            limit=alt.expr(f"max(1, {_ROOM} + 4)"),
            xOffset=alt.expr(f"{_SCROLLED} + 20"),
            yOffset=sum(_BAR_PX) / 2 + 0.5,
            clip=True,
        )
        .encode(*_START, alt.Color("ink:N", scale=None), tooltip=_tooltips())
    )
    return layer


def _outline(palette: Palette) -> alt.Chart:
    layer: alt.Chart = (
        _layer("selected")
        .mark_rect(
            aria=False, cornerRadius=4, fillOpacity=0, stroke=palette.text, strokeWidth=2, clip=True, **_extent()
        )
        .encode(*_START, alt.X2("end"), alt.Y2("lane"))
    )
    return layer


def _extent() -> dict[str, Any]:
    """The height of a bar, and 3 pixels at least for the shortest."""
    too_narrow = "max(0, 3 - (scale('x', datum.end) - scale('x', datum.start)))"
    return {"yOffset": _BAR_PX[0], "y2Offset": _BAR_PX[1], "x2Offset": alt.expr(too_narrow)}


def _tooltips() -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{field}:N", title=title) for field, title in _TOOLTIPS]


def _layer(dataset: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(dataset))


def _coloured(bars: pd.DataFrame, palette: Palette) -> pd.DataFrame:
    """With fill, ink (of what stands on the bar) and shape."""
    kinds = [kind if kind in KIND_PATHS else "other" for kind in bars["kind"]]
    drawn_as = ["failed" if failed else kind for kind, failed in zip(kinds, bars["is_failed"], strict=True)]
    return bars.assign(
        fill=[palette.kind(kind) for kind in drawn_as],
        ink=[palette.on_kind(kind) for kind in drawn_as],
        shape=kinds,
    )


def _time_axis(unit: str, palette: Palette) -> alt.Axis:
    return alt.Axis(
        title=None,
        orient="top",
        labelExpr=f"datum.label + ' {unit}'",
        labelAlign="left",
        labelPadding=5,
        labelFlush=False,
        labelOverlap=True,
        tickCount=8,
        ticks=False,
        domain=False,
        grid=True,
        gridColor=palette.grid,
        labelColor=palette.muted,
        labelFont="Inter",
        labelFontSize=11,
    )
