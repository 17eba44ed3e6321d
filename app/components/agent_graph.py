"""Agents and tools as a graph, and the same calls as a table.

Graphviz lays it out, in the browser and from Streamlit's own files: who calls whom reads best as a layered drawing,
which Altair can't make. The table says the same to those who don't see it, and leads to the calls.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import state
from app.components.trace_rows import draw_rows
from app.components.trace_table import HEADER_PX, ROW_PX
from app.format import plural
from app.frames.agent_graph import EDGE_COLUMNS, dot, edge_rows, summary
from app.theme import Palette
from collector.analysis.agent_graph import agent_graph
from collector.analysis.tree import Tree

_MOST_ROWS = 12
_CARDS_PX = 480


def graph_view(tree: Tree, palette: Palette, on_choose: Callable[[str], None]) -> None:
    """`on_choose` is called with a span_id."""
    graph = agent_graph(tree)
    with st.container(border=True, key="agent_graph", gap="xsmall"):
        st.graphviz_chart(dot(graph, palette), width="stretch", alt=f"Who called whom: {summary(graph)}.")
        if graph.left_out:
            st.caption(f"{plural(graph.left_out, 'node')} with the fewest calls are not drawn.")
    rows = edge_rows(graph, lambda span_id: state.selection_link("trace", span_id=span_id))
    if not rows:
        st.caption("The agents of this trace call neither each other nor a tool.")
        return
    draw_rows(
        rows,
        EDGE_COLUMNS,
        key="calls_between",
        height=HEADER_PX + ROW_PX * min(len(rows), _MOST_ROWS),
        palette=palette,
        label=f"{plural(len(rows), 'kind')} of call: a row shows one in the panel",
        cards_px=_CARDS_PX,
        on_open=on_choose,
    )
