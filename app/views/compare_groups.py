"""Compare, groups of runs."""

from __future__ import annotations

from app.selection import Selection


def draw(selection: Selection) -> None:
    del selection
