"""The spans of two runs as one tree: two bars a row, what was added and removed, and by how much each span changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import state
from app.theme import Palette

_KEY = "aligned_tree"
_ROWS_KEY, _POINTER_KEY = f"{_KEY}_rows", f"{_KEY}_pointer"
_FOLDER = Path(__file__).parent
_ROWS = st.components.v2.component(
    "msgtrace_aligned_tree",
    html='<div class="tree" role="tree" tabindex="0" aria-label="Spans of both runs"></div>',
    css=(_FOLDER / "aligned_tree.css").read_text(),
    js="\n".join(part.read_text() for part in sorted(_FOLDER.glob("[1-9]_*.js"))),  # Streamlit takes one module
)
_POINTER = st.components.v2.component(
    "msgtrace_aligned_tree_pointer", js=(_FOLDER / "pointer.js").read_text(), isolate_styles=False
)


def tree_box(palette: Palette) -> DeltaGenerator:
    """To draw `tree_rows` and `tree_pointer` in, each a fragment: so another choice doesn't send the rows again."""
    box = st.container(key=_KEY, gap=None)
    box.html(f"<style>.st-key-{_KEY}{{{_colours(palette)}}}</style>")
    return box


def tree_rows(payload: bytes, on_choose: Callable[[str], None]) -> None:
    """`payload` is from `frames.aligned_rows.tree_payload`.

    `on_choose` is called with the span_id of a chosen row: B's, or A's for one that was removed.
    """

    def note() -> None:
        if chosen := state.reported(_ROWS_KEY, "chosen"):
            on_choose(chosen)

    _ROWS(key=_ROWS_KEY, data=payload, on_chosen_change=note)


def tree_pointer(span_id: str | None) -> None:
    _POINTER(key=_POINTER_KEY, data={"selected": span_id}, height=1)


def _colours(palette: Palette) -> str:
    """The palette as CSS variables, which a shadow root inherits: the rows stay the same in light and dark."""
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
    named |= {f"kind-{kind}": colour for kind, colour in palette.kinds.items()}
    return ";".join(f"--{name}:{colour}" for name, colour in named.items())
