"""The two runs as cards: what is known of each, and its timeline on the common axis."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from app import state
from app.charts.drawing import drawing
from app.charts.pair_of_timelines import height_px, small_timeline
from app.components.panel import draw_chart
from app.format import escape_markdown
from app.frames.compared_runs import run_facts, run_figures, run_outcome, run_title
from app.frames.compared_timelines import PairOfTimelines
from app.theme import Palette
from collector.store.records import TraceSummary

_COLOURS = {"failed": "red", "recovered": "orange", "running": "blue", "ok": "green"}


def draw_run_cards(
    a: TraceSummary, b: TraceSummary, pair: PairOfTimelines, failed_steps: Mapping[str, int], palette: Palette
) -> None:
    for column, side, trace in zip(st.columns(2, gap=10), ("a", "b"), (a, b), strict=True):
        with column, st.container(border=True, key=f"run_{side}", gap="xsmall"):
            _card(side, trace, failed_steps[side], palette)
            chart = drawing(small_timeline(pair, side, palette))
            draw_chart(chart, height_px(pair), f"timeline_{side}", _alt(side, trace))


def _card(side: str, trace: TraceSummary, failed_steps: int, palette: Palette) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"run_head_{side}"):
        colour, ink = palette.side(side), palette.on_bar
        # Our own letter and colours only.
        st.html(
            f'<span class="side-letter" style="background:{colour};color:{ink}">{side.upper()}</span>', width="content"
        )
        st.page_link(
            state.TRACE_PAGE,
            label=f"**{escape_markdown(run_title(trace))}**",
            query_params=state.trace_params(trace.trace_id),
            width="content",
        )
        st.markdown(f":gray[:small[{escape_markdown(run_facts(trace, state.viewer_zone()))}]]", width="content")
    outcome = f":{_COLOURS.get(trace.outcome, 'gray')}-badge[{escape_markdown(run_outcome(trace, failed_steps))}]"
    figures = (f":gray-badge[{escape_markdown(figure)}]" for figure in run_figures(trace))
    st.markdown(" ".join([outcome, *figures]))


def _alt(side: str, trace: TraceSummary) -> str:
    return f"Timeline of run {side.upper()}: {', '.join(run_figures(trace))}, {run_outcome(trace)}."
