"""The spans of two runs as one tree: two bars a row, what was added and removed, and by how much each span changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from app import state
from app.frames.aligned_rows import AlignedRows
from app.theme import KIND_PATHS, Palette

MOST_ROWS = 36
"""In view at once; the others are scrolled to."""
_KEY = "aligned_tree"
_FOLDER = Path(__file__).parent
_tree = st.components.v2.component(
    "msgtrace_aligned_tree",
    html='<div class="tree" role="tree" tabindex="0" aria-label="Spans of both runs"></div>',
    css=(_FOLDER / "aligned_tree.css").read_text(),
    js=(_FOLDER / "aligned_tree.js").read_text(),
)


def aligned_tree(
    rows: AlignedRows, pair: str, span_id: str | None, palette: Palette, on_choose: Callable[[str], None]
) -> None:
    """`pair` names the two runs: what is folded is remembered for as long as it stays the same.

    `on_choose` is called with the span_id of a chosen row (B's, or A's for one that was removed), before the page is
    drawn again.
    """

    def note() -> None:
        if chosen := state.reported(_KEY, "chosen"):
            on_choose(chosen)

    data: dict[str, Any] = {
        "pair": pair,
        "selected": span_id,
        "rows": asdict(rows.columns),
        "ticks": rows.ticks,
        "first": rows.first,
        "divider": rows.divider,
        "icons": dict(KIND_PATHS),
        "colours": _colours(palette),
        "most_rows": MOST_ROWS,
    }
    _tree(key=_KEY, data=data, on_chosen_change=note)


def _colours(palette: Palette) -> dict[str, str]:
    """CSS variables, without the dashes."""
    named = {
        "muted": palette.muted,
        "failed": palette.failed_text,
        "grid": palette.grid,
        "side-a": palette.side("a"),
        "side-b": palette.side("b"),
        "worse-text": palette.worse_text,
        "better-text": palette.better_text,
        "added-row": palette.added_row,
        "removed-row": palette.removed_row,
        "hero": palette.hero[0],
        "hero-edge": palette.hero[1],
    }
    return named | {f"kind-{kind}": colour for kind, colour in palette.kinds.items()}
