"""When an error occurred."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import finish, time_axis
from app.theme import Palette
from collector.store.records import Period


def error_trend_chart(frame: pd.DataFrame, period: Period, palette: Palette) -> Any:
    """Bars from `frames.errors.trend_bars`, over the whole period."""
    chart = (
        alt.Chart(frame)
        .mark_rect(color=palette.outcome("failed"))
        .encode(
            x=time_axis("start", period.start_ns, period.end_ns),
            x2="end:T",
            y=alt.Y(
                "runs:Q",
                title=None,
                axis=alt.Axis(tickCount=3, tickMinStep=1, domain=False),
                scale=alt.Scale(zero=True),
            ),
            y2=alt.datum(0),
            tooltip=[alt.Tooltip("start:T", title="from", format="%-d %b %H:%M"), alt.Tooltip("runs:Q")],
        )
    )
    return finish(chart, palette)
