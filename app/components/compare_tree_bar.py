"""What stands above and below the aligned tree: how much was matched, and what the signs mean."""

from __future__ import annotations

import streamlit as st

from app.format import plural
from collector.analysis.comparison import Comparison


def draw_tree_head(comparison: Comparison) -> None:
    matched = len(comparison.nodes) - comparison.added - comparison.removed
    counts = f"{plural(comparison.added, 'span')} added, {comparison.removed:,} removed, {matched:,} matched"
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="aligned_head"
    ):
        st.markdown(f"**Step by step** :gray[:small[{counts}]]", width="content")
        # Our own words only.
        st.html(
            '<div class="aligned-legend"><span><i class="key-a"></i>A</span><span><i class="key-b"></i>B</span>'
            '<span><i class="key-failed"></i>✕ failed</span><span><b>+</b> added</span>'
            "<span><b>−</b> <s>removed</s></span></div>",
            width="content",
        )


def draw_tree_foot() -> None:
    st.caption(
        "Click chooses, arrows walk, Enter opens and closes, N goes to the next difference. "
        "Grey: no change to speak of."
    )
