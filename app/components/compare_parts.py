"""What the change of time and of cost is made of, as charts that add up; a click on a bar chooses its step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from app import state
from app.charts.drawing import drawing
from app.charts.run_bridge import bridge_chart, height_px
from app.components.panel import draw_answering_chart, panel
from app.format import duration_ns, escape_markdown, money
from app.frames.compared_steps import telling_call
from app.frames.run_bridge import Bridge, cost_bridge, time_bridge
from app.theme import Palette
from collector.analysis.comparison import Comparison
from collector.analysis.contributions import Contribution

_HELP = {
    "time": "Time on the critical path: every moment of a run belongs to one step, so the bars add up to the "
    "difference. Requests inside a call belong to the call. A click on a row shows the step.",
    "cost": "What counted calls cost, as far as their price is known. The bars add up to the difference. "
    "A click on a row shows the step.",
}


CHARTS = "bridge_charts"
"""What the charts' keys have in common."""


def draw_contributions(comparison: Comparison, palette: Palette, on_choose: Callable[[str, str], None]) -> None:
    """`on_choose` is called with the span_id of the clicked step's first call that differs, and the chart's name."""

    def choose_of(what: str, parts: Sequence[Contribution]) -> Callable[[object], None]:
        def choose(part: object) -> None:
            if isinstance(part, int) and 0 <= part < len(parts):
                position = telling_call(comparison, parts[part])
                if position is not None:
                    on_choose(comparison.nodes[position].shown.span.span_id, what)

        return choose

    change_ns = comparison.duration_change_ns
    title = f"Where the {duration_ns(abs(change_ns))} come from" if change_ns else "The time is the same"
    _bridge("time", title, time_bridge(comparison.time), palette, choose_of("time", comparison.time))
    if comparison.cost:
        change_usd = money(abs(comparison.cost_change_nusd) / 1e9)
        is_same = not comparison.cost_change_nusd
        title = "The cost is the same" if is_same else f"Where the {escape_markdown(change_usd)} come from"
        _bridge("cost", title, cost_bridge(comparison.cost), palette, choose_of("cost", comparison.cost))
    else:
        with panel("bridge_cost", "Cost"):
            st.caption("No call of either run has a known cost.")


def _bridge(what: str, title: str, bridge: Bridge, palette: Palette, choose: Callable[[object], None]) -> None:
    begins = f"adds up exactly; axis from {_begin(bridge)}" if bridge.is_broken else "adds up exactly"
    with panel(f"bridge_{what}", title, escape_markdown(begins), _HELP[what]):
        said = "; ".join(
            f"{name} {label}" for name, label in zip(bridge.steps["name"], bridge.steps["label"], strict=True)
        )
        chart, height = drawing(bridge_chart(bridge, palette)), height_px(bridge)
        key = f"{state.fresh_key(CHARTS)}_{what}"
        draw_answering_chart(chart, height, key, said, lambda mark: choose(mark.get("part")))


def _begin(bridge: Bridge) -> str:
    value = bridge.axis[0]
    return f"${value:.3g}" if bridge.unit == "$" else f"{value:.3g} {bridge.unit}"
