"""The waterfall: a tree grid with bars that a browser component draws, row by row as they come into view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from app import state
from app.frames.waterfall import Waterfall
from app.theme import Palette

MOST_FOUND = 1_000
"""So many found rows are marked at most."""
_FOLDER = Path(__file__).parent
_ROWS = st.components.v2.component(
    "msgtrace_waterfall",
    html='<div class="waterfall"></div>',
    css=(_FOLDER / "waterfall.css").read_text(),
    js="\n".join(part.read_text() for part in sorted(_FOLDER.glob("[1-9]_*.js"))),  # Streamlit takes one module
)
_POINTER = st.components.v2.component(
    "msgtrace_waterfall_pointer", js=(_FOLDER / "pointer.js").read_text(), isolate_styles=False
)


def waterfall_grid(
    rows: Waterfall,
    selected: str | None,
    found: Sequence[str],
    palette: Palette,
    on_choose: Callable[[str], None],
    key: str = "waterfall",
) -> None:
    """`selected` and `found` are span_ids. `on_choose` is called with a span_id before the page is drawn again.

    The key begins with "waterfall". Rows and selection go to the browser apart: unchanged rows are not sent again.
    """
    row = rows.row(selected)
    marked = [shown for span_id in found[:MOST_FOUND] if (shown := rows.row(span_id))]
    pointer = {"selected": row, "found": marked}

    def note_choice() -> None:
        if span_id := state.reported(f"rows_of_{key}", "chosen"):
            on_choose(span_id)

    def note_width() -> None:
        state.take_width(is_narrow=True)

    with st.container(key=key, gap=None):
        st.html(_colours(key, palette))
        _ROWS(key=f"rows_of_{key}", data=rows.payload, on_chosen_change=note_choice, on_narrow_change=note_width)
        _POINTER(key=f"pointer_of_{key}", data=pointer, height=1)


def _colours(key: str, palette: Palette) -> str:
    """The palette's colours as variables, which a shadow root inherits: rows stay the same in light and dark."""
    kinds = [f"--kind-{kind}:{colour}" for kind, colour in palette.kinds.items()]
    on_kinds = [f"--on-{kind}:{palette.on_kind(kind)}" for kind in palette.kinds]
    return f"<style>.st-key-{key}{{{';'.join([*kinds, *on_kinds, f'--recovered:{palette.recovered_text}'])}}}</style>"
