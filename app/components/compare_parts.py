"""What the change of time and of cost is made of, as charts that add up, and every node in a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app.charts.run_bridge import bridge_chart, height_px
from app.components.panel import draw_chart, panel
from app.format import duration_ns, escape_markdown, money
from app.frames.run_bridge import Bridge, cost_bridge, time_bridge
from app.theme import Palette
from collector.analysis.comparison import Comparison

_TABLE_PX = 420
_ROW_PX, _HEADER_PX = 28, 38
_HELP = {
    "time": "Time on the critical path: every moment of a run belongs to one step, so the bars add up to the "
    "difference. Requests inside a call belong to the call.",
    "cost": "What counted calls cost, as far as their price is known. The bars add up to the difference.",
}


def draw_contributions(comparison: Comparison, palette: Palette) -> None:
    change_ns = comparison.duration_change_ns
    title = f"Where the {duration_ns(abs(change_ns))} come from" if change_ns else "The time is the same"
    _bridge("time", title, time_bridge(comparison.time), palette)
    if comparison.cost:
        change_usd = money(abs(comparison.cost_change_nusd) / 1e9)
        is_same = not comparison.cost_change_nusd
        title = "The cost is the same" if is_same else f"Where the {escape_markdown(change_usd)} come from"
        _bridge("cost", title, cost_bridge(comparison.cost), palette)
    else:
        with panel("bridge_cost", "Cost"):
            st.caption("No call of either run has a known cost.")


def _bridge(what: str, title: str, bridge: Bridge, palette: Palette) -> None:
    begins = f"adds up exactly; axis from {_begin(bridge)}" if bridge.is_broken else "adds up exactly"
    with panel(f"bridge_{what}", title, escape_markdown(begins), _HELP[what]):
        said = "; ".join(
            f"{name} {label}" for name, label in zip(bridge.steps["name"], bridge.steps["label"], strict=True)
        )
        draw_chart(bridge_chart(bridge, palette), height_px(bridge), f"bridge_chart_{what}", said)


def _begin(bridge: Bridge) -> str:
    value = bridge.axis[0]
    return f"${value:.3g}" if bridge.unit == "$" else f"{value:.3g} {bridge.unit}"


def draw_nodes(nodes: pd.DataFrame) -> None:
    """From `frames.compared_nodes`."""
    st.markdown(
        "**Every node that differs** :gray[:small[the largest share of the change first; a click on a head sorts]]"
    )
    number = st.column_config.NumberColumn
    seconds, signed = "%.3f s", "%+.3f s"
    st.dataframe(
        nodes,
        hide_index=True,
        row_height=_ROW_PX,
        height=min(_TABLE_PX, _ROW_PX * len(nodes) + _HEADER_PX),
        placeholder="",
        column_config={
            "step": st.column_config.Column("#", width=44),
            "name": st.column_config.Column("Span", width=210),
            "kind": st.column_config.Column("Kind", width=80),
            "state": st.column_config.Column("In", width=80, help="Added: only in B. Removed: only in A."),
            "time_s": number("Δ time", format=signed, width=90),
            "own_s": number("Δ own time", format=signed, width=96, help="Without what its children cover."),
            "path_s": number("Δ critical path", format=signed, width=108, help="Own time that the run waited for."),
            "a_s": number("A", format=seconds, width=80),
            "b_s": number("B", format=seconds, width=80),
            "tokens": number("Δ tokens", format="%+d", width=84, help="With everything inside it."),
            "cost_usd": number("Δ cost, $", format="%+.6f", width=96, help="With everything inside it."),
            "changes": st.column_config.Column("What else changed", width=300),
        },
        alt=f"{len(nodes)} nodes that differ, the largest share of the change first.",
        key="compared_nodes",
    )
