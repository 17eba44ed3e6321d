"""A small neutral line, as an SVG image of numbers only."""

from __future__ import annotations

import base64
from collections.abc import Sequence

WIDTH, HEIGHT = 78, 30
_EDGE = 3.0


def sparkline_svg(values: Sequence[float | None], colour: str) -> str:
    """The values from left to right, with a dot on the last one. Unknown values leave a gap."""
    points = _points(values)
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run)}" fill="none" stroke="{colour}" '
        'stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>'
        for run in _runs(points)
        if len(run) > 1
    )
    last = points[-1] if points else None
    dot = f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="2.4" fill="{colour}"/>' if last else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">{lines}{dot}</svg>'
    )


def data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _points(values: Sequence[float | None]) -> list[tuple[float, float] | None]:
    known = [value for value in values if value is not None]
    if not known:
        return []
    low, high = min(known), max(known)
    across = (WIDTH - 2 * _EDGE) / max(1, len(values) - 1)
    up = (HEIGHT - 2 * _EDGE) / (high - low) if high > low else 0.0
    middle = HEIGHT / 2
    return [
        None if value is None else (_EDGE + i * across, HEIGHT - _EDGE - (value - low) * up if up else middle)
        for i, value in enumerate(values)
    ]


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The points without gaps between them, together."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return runs
