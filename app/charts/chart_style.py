"""What all charts have in common: type, colours, axes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import altair as alt

from app.theme import Palette

FONT = "Inter, sans-serif"
_DAY_NS = 86_400_000_000_000


def finish(chart: Any, palette: Palette) -> Any:
    """The same chart, now without background and frame, in our type. Call it last: it sets the whole configuration.

    It changes the chart in place: Altair's own ways copy all layers for every line of this.
    """
    chart.background = "transparent"
    chart.padding = {"left": 2, "right": 4, "top": 4, "bottom": 0}
    chart.config = alt.Config(
        font=FONT, view=alt.ViewConfig(stroke=None), axis=_axes(palette), legend=_legends(palette)
    )
    return chart


def _axes(palette: Palette) -> alt.AxisConfig:
    return alt.AxisConfig(
        labelColor=palette.muted,
        titleColor=palette.muted,
        gridColor=palette.grid,
        domainColor=palette.axis,
        labelFontSize=11,
        labelPadding=6,
        ticks=False,
    )


def _legends(palette: Palette) -> alt.LegendConfig:
    return alt.LegendConfig(
        labelColor=palette.muted,
        labelFontSize=11,
        symbolSize=70,
        orient="top",
        direction="horizontal",
        title=None,
        padding=0,
        offset=6,
        columnPadding=10,
    )


MARK = "mark"
"""The selection of a clicked mark."""


def clickable(chart: Any, *fields: str) -> Any:
    """A click on a mark selects it; these fields of it are told. For one layer of a chart."""
    return chart.add_params(alt.selection_point(name=MARK, fields=list(fields), toggle="false", empty=False))


def time_axis(field: str, start_ns: int, end_ns: int) -> alt.X:
    """The whole period from edge to edge, hours for a short one and days for a long one."""
    days = (end_ns - start_ns) / _DAY_NS
    form = "%H:%M" if days <= 2 else "%-d %b"
    ticks: Any = {"interval": "day", "step": 1} if 2 < days <= 10 else 5  # else a day could stand there twice
    return alt.X(
        f"{field}:T",
        title=None,
        axis=alt.Axis(format=form, grid=False, tickCount=ticks, labelOverlap=True, labelFlush=False),
        scale=alt.Scale(domain=[_iso(start_ns), _iso(end_ns)], nice=False),
    )


def _iso(ns: int) -> str:
    """Layered charts take a time domain as text only."""
    return datetime.fromtimestamp(ns / 1e9, UTC).isoformat()


DURATION_LABEL = (
    "datum.value >= 3600000 ? format(datum.value / 3600000, '~r') + ' h' : "
    "datum.value >= 60000 ? format(datum.value / 60000, '~r') + ' min' : "
    "datum.value >= 1000 ? format(datum.value / 1000, '~r') + ' s' : format(datum.value, '~r') + ' ms'"
)
"""A Vega expression: milliseconds with the unit that fits."""

DURATION_STEPS_MS = tuple(
    step * unit
    for unit, steps in (
        (1, (0.01, 0.1, 1, 2, 5, 10, 20, 50, 100, 200, 500)),
        (1000, (1, 2, 5, 10, 20)),
        (60_000, (1, 2, 5, 10, 20)),
        (3_600_000, (1, 2, 5, 10, 24, 48)),
    )
    for step in steps
)


def duration_steps(low_ms: float, high_ms: float, at_most: int = 6) -> list[float]:
    """Round durations for the ticks of a log axis between two durations."""
    inside = [step for step in DURATION_STEPS_MS if low_ms <= step <= high_ms]
    every = -(-len(inside) // at_most) or 1
    return inside[::-1][::every][::-1]
