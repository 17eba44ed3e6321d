"""Both runs as bars in the same lanes on one axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from app import format as fmt
from app.frames.aligned_rows import ticks
from collector.analysis.alignment import label
from collector.analysis.comparison import Comparison, Side
from collector.analysis.failures import has_failed
from collector.analysis.waiting import step_name

DEPTHS = 3
MOST_BARS = 400


@dataclass(frozen=True, slots=True)
class PairOfTimelines:
    bars: Mapping[str, pd.DataFrame]
    """For "a" and "b", a row a span: name, kind, is_failed, start and end (shares of the axis), lane, duration."""
    ticks: list[tuple[float, str]]
    lanes: int
    """The same for both, so that a lane of one is level with that of the other."""


def pair_of_timelines(comparison: Comparison) -> PairOfTimelines:
    """The upper levels, a lane a level; of a crowded level the longest spans."""
    axis_ns, marks = ticks(comparison)
    sides = {"a": [node.a for node in comparison.nodes], "b": [node.b for node in comparison.nodes]}
    bars = {name: _bars([side for side in of_run if side is not None], axis_ns) for name, of_run in sides.items()}
    return PairOfTimelines(bars, marks, min(DEPTHS, 1 + max((node.depth for node in comparison.nodes), default=0)))


def _bars(sides: list[Side], axis_ns: int) -> pd.DataFrame:
    upper = sorted((side for side in sides if side.node.depth < DEPTHS), key=lambda side: -side.duration_ns)[:MOST_BARS]
    rows = [
        (
            fmt.cut(step_name(side.span), 60) or "(no name)",
            label(side.span)[0],
            has_failed(side.span),
            side.start_ns / axis_ns,
            (side.start_ns + side.duration_ns) / axis_ns,
            side.node.depth,
            fmt.duration_ns(side.duration_ns),
        )
        for side in upper
    ]
    return pd.DataFrame(rows, columns=["name", "kind", "is_failed", "start", "end", "lane", "duration"])
