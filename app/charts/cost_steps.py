"""What each day, hour, week or month cost, in parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import altair as alt
import pandas as pd

from app.charts.bridge import chart_title
from app.charts.chart_style import FONT, clickable, finish
from app.theme import Palette

_FEW_BARS = 24
"""So many have room for their times."""
_ROOM_FOR_AMOUNTS = "width < 420 ? 0 : 1"
"""Above a month of bars."""
_LEGEND_COLUMNS = "width < 420 ? 2 : 3"
_FORMATS = {"hour": "%H:%M", "day": "%-d", "week": "%-d %b", "month": "%b %Y"}


def cost_steps_chart(
    frame: pd.DataFrame,
    starts: Sequence[datetime],
    step: str,
    mean_usd: float | None,
    title: str,
    subtitle: list[str],
    palette: Palette,
) -> Any:
    """frame: of `frames.costs.steps_frame`; starts: every step of the period. mean_usd: a line of comparison.

    A click on a bar tells its `slot`: when it starts, ISO without a zone.
    """
    names = [start.isoformat() for start in starts]
    shown = frame.assign(slot=[start.isoformat() for start in frame["start"]])
    x = _steps_axis(names, starts, step)
    groups = list(dict.fromkeys(frame.sort_values("rank")["group"]))
    highest = float(frame["total"].max()) if len(frame) else 0.0
    scale = alt.Scale(domain=[0, max(highest, mean_usd or 0.0) * 1.12 or 1.0], nice=False)
    bars = clickable(_bars(shown, x, scale, groups, palette), "slot")
    layers = [bars]
    if len(names) <= 31 and len(frame):
        tops = shown[shown["top"] & (shown["total"] > 0)].drop_duplicates("slot")
        labelled = tops.assign(text=[_amount(total, highest) for total in tops["total"]])
        layers.append(
            alt.Chart(labelled)
            .mark_text(dy=-6, font=FONT, fontSize=10, color=palette.text, opacity=alt.expr(_ROOM_FOR_AMOUNTS))
            .encode(x=x, y=alt.Y("total:Q", scale=scale), text="text:N")
        )
    if mean_usd:
        line = alt.Chart(pd.DataFrame({"mean": [mean_usd]})).mark_rule(strokeDash=[4, 3], color=palette.text)
        layers.append(line.encode(y=alt.Y("mean:Q", scale=scale)))
    return finish(alt.layer(*layers).properties(title=chart_title(title, subtitle, palette)), palette)


def _steps_axis(names: Sequence[str], starts: Sequence[datetime], step: str) -> alt.X:
    """A place for every step; every label where there is room, else one in so many."""
    form = "%-d %b" if step == "day" and len(starts) > 1 and starts[0].month != starts[-1].month else _FORMATS[step]
    form = "%-d %b %H:%M" if step == "hour" and len(starts) > _FEW_BARS else form
    every = max(1, -(-len(names) // (31 if form == "%-d" else 12)))
    return alt.X(
        "slot:N",
        title=None,
        scale=alt.Scale(domain=list(names), paddingInner=0.2, paddingOuter=0.1),
        axis=alt.Axis(
            values=list(names[::every]),
            labelExpr=f"timeFormat(toDate(datum.value), '{form}')",
            labelAngle=0,
            labelOverlap="greedy",
            grid=False,
        ),
    )


def _bars(frame: pd.DataFrame, x: alt.X, scale: alt.Scale, groups: Sequence[str], palette: Palette) -> Any:
    legend = alt.Legend(columns=alt.expr(_LEGEND_COLUMNS), labelLimit=130, title=None) if groups else None
    colours = alt.Scale(domain=list(groups), range=list(palette.groups[: len(groups)]))
    return (
        alt.Chart(frame)
        .mark_bar(stroke=palette.background, strokeWidth=0.8, cursor="pointer")
        .encode(
            x=x,
            y=alt.Y("low:Q", title=None, scale=scale, axis=alt.Axis(format="$,~r", tickCount=4, domain=False)),
            y2="high:Q",
            color=alt.Color("group:N", scale=colours, legend=legend),
            tooltip=[
                alt.Tooltip("slot:N", title="from"),
                alt.Tooltip("group:N", title=" "),
                alt.Tooltip("usd:Q", title="cost", format="$,.4~f"),
                alt.Tooltip("total:Q", title="together", format="$,.4~f"),
            ],
        )
    )


def _amount(usd: float, highest: float) -> str:
    return (
        f"{usd:,.0f}" if highest >= 100 else f"{usd:.1f}" if highest >= 1 else f"{usd:.3f}" if highest >= 0.01 else ""
    )
