"""Agents and tools as a graph, and the same calls as a table.

Graphviz lays it out, in the browser and from Streamlit's own files: who calls whom reads best as a layered drawing,
which Altair can't make. The table says the same to those who don't see it, and leads to the calls.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import state
from app.format import fit, plural
from app.frames.agent_graph import dot, edge_rows, summary
from app.theme import Palette
from collector.analysis.agent_graph import agent_graph
from collector.analysis.tree import Tree

_ROW_PX, _HEADER_PX, _MOST_ROWS = 30, 34, 12
_WIDTHS_PX = {"caller": 158, "callee": 158, "kind": 84, "calls": 60, "errors": 62, "duration": 84, "cost": 78}
_LABELS = {
    "caller": ("From", "The agent, the tool or the workflow that called."),
    "callee": ("To", "Whom it called. A click on the row shows the first call, or the first that failed."),
    "kind": ("Kind", "Of what was called."),
    "calls": ("Calls", "How often."),
    "errors": ("Errors", "How many of them failed."),
    "duration": ("Duration", "Of all these calls together; calls side by side count each."),
    "cost": ("Cost", "Of all that happened below these calls."),
}


def graph_view(tree: Tree, palette: Palette, on_choose: Callable[[str], None]) -> None:
    """`on_choose` is called with a span_id."""
    graph = agent_graph(tree)
    with st.container(border=True, key="agent_graph", gap="xsmall"):
        st.graphviz_chart(dot(graph, palette), width="stretch", alt=f"Who called whom: {summary(graph)}.")
        if graph.left_out:
            st.caption(f"{plural(graph.left_out, 'node')} with the fewest calls are not drawn.")
    rows = edge_rows(graph)
    if rows.empty:
        st.caption("The agents of this trace call neither each other nor a tool.")
        return
    shown = rows.assign(
        caller=[fit(name, _WIDTHS_PX["caller"]) or "" for name in rows["caller"]],
        callee=[fit(name, _WIDTHS_PX["callee"]) or "" for name in rows["callee"]],
    )
    st.dataframe(
        shown[list(_WIDTHS_PX)],
        hide_index=True,
        height=_HEADER_PX + _ROW_PX * min(len(rows), _MOST_ROWS),
        row_height=_ROW_PX,
        key="calls_between",
        on_select=state.remember_click("calls_between", list(rows["span_id"])),
        selection_mode="single-cell",
        column_config={
            name: st.column_config.Column(
                _LABELS[name][0],
                help=_LABELS[name][1],
                width=width,
                alignment="right" if name in ("calls", "errors", "duration", "cost") else "left",
            )
            for name, width in _WIDTHS_PX.items()
        },
        alt=f"{plural(len(rows), 'kind')} of call. A click on a row shows one in the panel.",
    )
    if chosen := state.clicked("calls_between"):
        on_choose(chosen)
        st.rerun()
