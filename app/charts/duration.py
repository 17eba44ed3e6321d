"""How long runs took: a band from p50 to p95, and each failed run as a mark of its own shape."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import DURATION_LABEL, FONT, clickable, duration_steps, finish, time_axis
from app.format import count
from app.theme import Palette
from collector.store.records import Period

_ROOM_RIGHT = 0.07
"""Of the period, for the names at the ends of the lines."""
_CLOSE_PX = 7
"""How far the names give way when the lines end close to each other."""


def duration_chart(
    band: pd.DataFrame, failed: pd.DataFrame, failed_total: int, period: Period, palette: Palette
) -> Any:
    """From `frames.overview.durations` and `failed_runs`, of which there may be fewer than `failed_total`."""
    end_ns = period.end_ns + round(period.length_ns * _ROOM_RIGHT)
    x = time_axis("time", period.start_ns, end_ns)
    y = _duration_axis(band, failed)
    base = alt.Chart(band).encode(x=x, detail=alt.Detail("part:N"))
    tooltip = [alt.Tooltip("time:T", title="around", format="%-d %b %H:%M"), alt.Tooltip("p50:N"), alt.Tooltip("p95:N")]
    apart = _CLOSE_PX if len(band) and band["p95_ms"].iloc[-1] < 1.5 * band["p50_ms"].iloc[-1] else 0
    layers = [
        base.mark_area(opacity=0.16, color=palette.accent, interpolate="monotone").encode(
            y=y("p50_ms"), y2=alt.Y2("p95_ms:Q")
        ),
        base.mark_line(color=palette.accent, strokeWidth=2, interpolate="monotone").encode(y=y("p50_ms")),
        base.mark_line(color=palette.accent, strokeWidth=1.2, strokeDash=[4, 3], interpolate="monotone").encode(
            y=y("p95_ms")
        ),
        *(_alone(band[band["alone"]], x, y, palette) if band["alone"].any() else ()),
        base.mark_point(size=180, opacity=0).encode(y=y("p50_ms"), tooltip=tooltip),
        _line_name("p50", band, x, y("p50_ms"), apart, palette),
        _line_name("p95", band, x, y("p95_ms"), -apart, palette),
    ]
    if len(failed):
        layers.insert(-3, _failures(failed, failed_total, x, y("duration_ms"), palette))
    return finish(alt.layer(*layers), palette)


def _alone(band: pd.DataFrame, x: alt.X, y: Any, palette: Palette) -> list[Any]:
    """What a line and an area don't show: one step between two without runs."""
    base = alt.Chart(band).encode(x=x, y=y("p50_ms"))
    return [
        base.mark_rule(opacity=0.3, color=palette.accent, strokeWidth=3).encode(y2=alt.Y2("p95_ms:Q")),
        base.mark_point(filled=True, opacity=1, size=14, color=palette.accent),
    ]


def _duration_axis(band: pd.DataFrame, failed: pd.DataFrame) -> Any:
    known = pd.concat([band["p50_ms"], band["p95_ms"], failed["duration_ms"]])
    known = known[known > 0]
    low, high = (float(known.min()) * 0.8, float(known.max()) * 1.25) if len(known) else (100.0, 10_000.0)
    axis = alt.Axis(values=duration_steps(low, high), labelExpr=DURATION_LABEL, domain=False)
    scale = alt.Scale(type="log", domain=[low, high], clamp=True, nice=False)
    return lambda field: alt.Y(f"{field}:Q", title=None, axis=axis, scale=scale)


def _line_name(name: str, band: pd.DataFrame, x: alt.X, y: alt.Y, dy: int, palette: Palette) -> Any:
    last = alt.Chart(band.tail(1)).mark_text(
        text=name, align="left", dx=6, dy=dy, fontSize=11, fontWeight=600, font=FONT, color=palette.text
    )
    return last.encode(x=x, y=y)


def _failures(failed: pd.DataFrame, total: int, x: alt.X, y: alt.Y, palette: Palette) -> Any:
    label = (
        f"failed run, {count(total)}" if total <= len(failed) else f"failed run, newest {len(failed)} of {count(total)}"
    )
    marks = (
        alt.Chart(failed.assign(mark=label))
        .mark_point(filled=True, cursor="pointer", size=34, opacity=0.9, stroke=palette.background, strokeWidth=0.6)
        .encode(
            x=x,
            y=y,
            color=alt.Color("mark:N", scale=alt.Scale(domain=[label], range=[palette.outcome("failed")])),
            shape=alt.Shape("mark:N", scale=alt.Scale(domain=[label], range=["triangle-up"])),
            tooltip=[
                alt.Tooltip("time:T", title="started", format="%-d %b %H:%M:%S"),
                alt.Tooltip("workflow:N"),
                alt.Tooltip("duration:N"),
                alt.Tooltip("error:N"),
            ],
        )
    )
    return clickable(marks, "trace_id")
