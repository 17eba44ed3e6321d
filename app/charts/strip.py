"""Where two runs lie among the last ones: a tick a run, the band of what is normal, and A and B."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from app.charts.chart_style import FONT, finish
from app.theme import Palette
from collector.analysis.spread import Spread

HEIGHT_PX = 62
_MIDDLE_PX = 26
_MARGIN = 0.12
"""Of the axis, free at both ends for the labels."""


def strip_chart(
    spread: Spread, a: float | None, b: float | None, text: Callable[[float | None], str], palette: Palette
) -> Any:
    """`text` writes a value of the spread's unit."""
    known = [value for value in (*spread.values, a, b) if value is not None]
    low, high = min(known), max(known)
    margin = _MARGIN * ((high - low) or abs(high) or 1.0)
    scale = alt.Scale(domain=[low - margin, high + margin], nice=False)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=scale, axis=None)

    layers = [
        *_band(spread, x, text, palette),
        alt.Chart(pd.DataFrame({"value": list(spread.values)}))
        .mark_tick(thickness=1.2, height=12, color=palette.muted, opacity=0.75, aria=False)
        .encode(x("value"), y=alt.value(_MIDDLE_PX)),
        *_sides(a, b, x, text, palette),
    ]
    return finish(alt.layer(*layers), palette)


def _band(spread: Spread, x: Any, text: Callable[[float | None], str], palette: Palette) -> list[Any]:
    low, high = spread.low, spread.high
    if low is None or high is None:
        return []
    said = f"normal {text(low)} to {text(high)}"
    band = pd.DataFrame([{"low": low, "high": high, "middle": (low + high) / 2, "said": said}])
    bar = alt.Chart(band).mark_bar(height=20, color=palette.muted, opacity=0.22, cornerRadius=4)
    label = alt.Chart(band).mark_text(font=FONT, fontSize=11, baseline="top", color=palette.muted)
    return [
        bar.encode(x("low"), alt.X2("high:Q"), y=alt.value(_MIDDLE_PX)),
        label.encode(x("middle"), y=alt.value(_MIDDLE_PX + 14), text="said:N"),
    ]


def _sides(
    a: float | None, b: float | None, x: Any, text: Callable[[float | None], str], palette: Palette
) -> list[Any]:
    """Two labels close to each other turn away from each other."""
    rows = [
        {"value": value, "said": f"{side.upper()} {text(value)}", "fill": palette.side(side), "side": side}
        for side, value in (("a", a), ("b", b))
        if value is not None
    ]
    frame = pd.DataFrame(rows, columns=["value", "said", "fill", "side"])
    marks = (
        alt.Chart(frame)
        .mark_tick(thickness=4, height=26, opacity=1)
        .encode(
            x("value"),
            y=alt.value(_MIDDLE_PX),
            color=alt.Color("fill:N", scale=None),
            tooltip=[alt.Tooltip("said:N", title=" ")],
        )
    )
    is_turned = a is not None and b is not None and a > b
    labels = [_label(frame[frame["side"] == side], x, (side == "a") != is_turned, palette) for side in ("a", "b")]
    return [marks, *labels]


def _label(row: pd.DataFrame, x: Any, is_left: bool, palette: Palette) -> Any:
    mark = alt.Chart(row).mark_text(
        font=FONT,
        fontSize=11.5,
        fontWeight=600,
        baseline="bottom",
        align="right" if is_left else "left",
        dx=10 if is_left else -10,
        color=palette.text,
    )
    return mark.encode(x("value"), y=alt.value(11), text="said:N")
