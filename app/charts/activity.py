"""How many runs, and how they ended, over time."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import clickable, finish, time_axis
from app.format import count
from app.theme import Palette
from collector.store.records import Period, Totals


def activity_chart(frame: pd.DataFrame, now: Totals, period: Period, palette: Palette) -> Any:
    """Stacked bars from `frames.overview.activity`; the legend counts the runs of each outcome."""
    other = now.runs - now.failed - now.recovered - int(frame.loc[frame["outcome"] == "ok", "runs"].sum())
    totals = {
        "ok": now.runs - now.failed - now.recovered - other,
        "recovered": now.recovered,
        "failed": now.failed,
        "other": other,
    }
    labels = {outcome: f"{_NAMES[outcome]} {count(runs)}" for outcome, runs in totals.items() if runs}
    colours = [palette.outcome("running" if outcome == "other" else outcome) for outcome in labels]
    shown = frame.assign(label=frame["outcome"].map(labels))
    chart = (
        alt.Chart(shown)
        .mark_rect(cursor="pointer")
        .encode(
            x=time_axis("start", period.start_ns, period.end_ns),
            x2=alt.X2("end:T"),
            y=alt.Y(
                "high:Q",
                title=None,
                axis=alt.Axis(tickCount=4, tickMinStep=1, domain=False),
                scale=alt.Scale(zero=True),
            ),
            y2=alt.Y2("low:Q"),
            color=alt.Color(
                "label:N", sort=list(labels.values()), scale=alt.Scale(domain=list(labels.values()), range=colours)
            ),
            tooltip=[
                alt.Tooltip("start:T", title="from", format="%-d %b %H:%M"),
                alt.Tooltip("outcome:N"),
                alt.Tooltip("runs:Q"),
            ],
        )
    )
    return finish(clickable(chart, "step"), palette)


_NAMES = {"ok": "ok", "recovered": "recovered", "failed": "failed", "other": "not over"}
