"""Every node of two runs that differs, in a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from app.components.styled_figures import Writing, exact_seconds, signed_seconds, styled_figures
from app.format import count, money, plural, signed
from app.theme import Palette

_TABLE_PX = 420
_ROW_PX, _HEADER_PX = 28, 38
_SIGNED_S = ("time_s", "own_s", "path_s")
_JUDGED = (*_SIGNED_S, "cost_usd")
_HEADS: Mapping[str, tuple[str, int, str | None]] = {
    "step": ("#", 44, None),
    "name": ("Span", 210, None),
    "kind": ("Kind", 80, None),
    "state": ("In", 80, "Added: only in B. Removed: only in A."),
    "time_s": ("Δ time", 92, None),
    "own_s": ("Δ own time", 92, "Without what its children cover."),
    "path_s": ("Δ critical path", 108, "Own time that the run waited for."),
    "a_s": ("A", 80, None),
    "b_s": ("B", 80, None),
    "tokens": ("Δ tokens", 84, "With everything inside it."),
    "cost_usd": ("Δ cost", 96, "With everything inside it."),
    "changes": ("What else changed", 300, None),
}
_FORMATS: Mapping[str, Writing] = {
    **dict.fromkeys(_SIGNED_S, signed_seconds),
    **dict.fromkeys(("a_s", "b_s"), exact_seconds),
    "tokens": lambda change: signed(change, count(abs(int(change)))),
    "cost_usd": lambda change: signed(change, money(abs(change), 6)),
}
_LEFT = ("name", "kind", "state", "changes")


def draw_nodes(nodes: pd.DataFrame, differing: int, palette: Palette) -> None:
    """From `frames.compared_nodes`; `differing`: how many there are in all."""
    shown = f"the {count(len(nodes))} with the largest share of {plural(differing, 'node')}"
    note = "the largest share of the change first" if differing <= len(nodes) else shown
    st.markdown(f"**Every node that differs** :gray[:small[{note}; a click on a head sorts]]")
    if nodes.empty:
        st.caption("None: both runs did the same, in the same time, for the same money.")
        return
    st.dataframe(
        styled_figures(nodes, _FORMATS, _JUDGED, palette),
        hide_index=True,
        row_height=_ROW_PX,
        height=min(_TABLE_PX, _ROW_PX * len(nodes) + _HEADER_PX),
        placeholder="",
        column_config={
            name: st.column_config.Column(head, width=width, help=told, alignment="left" if name in _LEFT else "right")
            for name, (head, width, told) in _HEADS.items()
        },
        alt=f"{plural(len(nodes), 'node')} that differ, the largest share of the change first.",
        key="compared_nodes",
    )
