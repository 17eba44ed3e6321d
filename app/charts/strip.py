"""Where two runs lie among the last ones: a tick a run, the band of what is normal, and A and B."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import altair as alt
import pandas as pd

from app.charts.chart_style import FONT, finish
from app.theme import Palette
from collector.analysis.spread import Spread

Align = Literal["left", "center", "right"]

HEIGHT_PX = 62
_MIDDLE_PX = 26
_APART_PX = 4
_CLOSE = 0.2
"""Of the axis: as wide as a label."""
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
        *_sides(a, b, _CLOSE * (high - low + 2 * margin), x, text, palette),
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
    a: float | None, b: float | None, close: float, x: Any, text: Callable[[float | None], str], palette: Palette
) -> list[Any]:
    """Two labels that are no further than `close` from each other turn away from each other."""
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
    aligned = _aligned(a, b, close)
    return [marks, *(_label(frame[frame["side"] == side], x, aligned[side], palette) for side in ("a", "b"))]


def _aligned(a: float | None, b: float | None, close: float) -> dict[str, Align]:
    """How the labels of both stand to their places on the axis."""
    if a is None or b is None or abs(a - b) > close:
        return {"a": "center", "b": "center"}
    return {"a": "right", "b": "left"} if a <= b else {"a": "left", "b": "right"}


def _label(row: pd.DataFrame, x: Any, align: Align, palette: Palette) -> Any:
    mark = alt.Chart(row).mark_text(
        font=FONT,
        fontSize=11.5,
        fontWeight=600,
        baseline="bottom",
        align=align,
        dx={"right": -_APART_PX, "left": _APART_PX}.get(align, 0),
        color=palette.text,
    )
    return mark.encode(x("value"), y=alt.value(11), text="said:N")
