"""Two groups of runs: what to type, how their figures are spread, and their steps in a table."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.charts.groups import HEIGHT_PX, OUTCOMES_PX, distribution, outcome_bars
from app.components.panel import draw_chart, panel
from app.format import count, escape_markdown, percent
from app.frames import groups as frames
from app.theme import Palette
from collector.analysis.groups import Groups

_TITLES = {"duration_ms": "Duration", "total_tokens": "Tokens", "cost_usd": "Cost"}
_EXAMPLES = """version:42
version:43

workflow:rag.query model:gpt-5-mini
workflow:rag.query model:gpt-5"""
_ORDER = (
    *("name", "kind", "a_s", "b_s", "change_s", "a_calls", "b_calls", "a_usd", "b_usd"),
    *("a_failed", "b_failed", "a_runs", "b_runs"),
)
_ROW_PX, _HEADER_PX, _MOST_PX = 28, 38, 640


def draw_queries() -> None:
    with st.container(horizontal=True, gap="small", key="group_queries"):
        for field, side, hint in (
            ("group_a", "A", "workflow:support-agent.resolve version:42"),
            ("group_b", "B", "workflow:support-agent.resolve version:43"),
        ):
            st.text_input(
                f"Group {side}",
                key=state.follow(field),
                on_change=state.take,
                args=(field,),
                type="search",
                icon=":material/search:",
                placeholder=hint,
            )


def nothing_asked() -> None:
    with st.container(border=True, key="state_no_groups", gap="small"):
        st.markdown("### :material/stacked_bar_chart: Name two groups of runs")
        st.text("One version against another, or one model against another:")
        st.code(
            "version:42\nversion:43\n\nworkflow:rag.query model:gpt-5-mini\nworkflow:rag.query model:gpt-5",
            language=None,
        )


def nobody(side: str, query: str) -> None:
    with st.container(border=True, key="state_empty_group", gap="small"):
        st.markdown(f"### :material/filter_alt_off: No finished run is in group {side}")
        st.text("Choose a longer period, or fewer words.")
        st.code(query, language=None)


def draw_groups(groups: Groups, most_runs: int, palette: Palette) -> None:
    sizes = f"**{count(groups.a_runs)}** runs in A, **{count(groups.b_runs)}** in B"
    if max(groups.a_runs, groups.b_runs) >= most_runs:
        sizes += f" :gray[(the newest {count(most_runs)} of a group)]"
    st.markdown(sizes)
    if told := frames.caution(groups):
        st.warning(escape_markdown(told), icon=":material/casino:")
    with st.grid(2, min_column_width=420, gap=10, key="group_panels"):
        for figure in groups.figures:
            told = frames.sentence(figure)
            with panel(f"group_{figure.name}", _TITLES[figure.name], help="A tick a run, the middle half as a box."):
                st.caption(escape_markdown(told))
                if figure.a or figure.b:
                    chart = distribution(frames.values(figure), figure.name, palette)
                    draw_chart(chart, HEIGHT_PX, f"chart_{figure.name}", f"{_TITLES[figure.name]}: {told}")
        left, right = (percent(share, 1) for share in frames.failed_share(groups))
        with panel("group_outcomes", "Outcome", help="Runs that are not over are left out."):
            st.caption(f"{right} of B failed, {left} of A")
            chart = outcome_bars(frames.outcomes(groups), palette)
            draw_chart(chart, OUTCOMES_PX, "chart_outcomes", f"{left} of A failed, {right} of B")


def draw_steps(steps: pd.DataFrame, a_runs: int, b_runs: int) -> None:
    """From `frames.groups.steps`; of so many runs."""
    note = f"of the newest {count(a_runs)} runs of A and {count(b_runs)} of B; the largest change first"
    st.markdown(f"**Step by step** :gray[:small[{note}]]")
    number = st.column_config.NumberColumn
    columns: dict[str, Any] = {
        "name": st.column_config.Column("Step", width=220),
        "kind": st.column_config.Column("Kind", width=80),
        "change_s": number("Δ median", format="%+.3f s", width=96),
    }
    for side in ("a", "b"):
        name = side.upper()
        columns |= {
            f"{side}_runs": number(f"{name} runs", format="%d", width=70),
            f"{side}_calls": number(f"{name} calls a run", format="%.2f", width=104),
            f"{side}_s": number(f"{name} median", format="%.3f s", width=92, help="Of one call."),
            f"{side}_usd": number(f"{name} cost a run, $", format="%.6f", width=116, help="Median."),
            f"{side}_failed": number(f"{name} failed", format="%d", width=76, help="Calls."),
        }
    st.dataframe(
        steps,
        hide_index=True,
        row_height=_ROW_PX,
        height=min(_MOST_PX, _ROW_PX * len(steps) + _HEADER_PX),
        placeholder="",
        column_config=columns,
        column_order=_ORDER,
        key="group_steps",
        alt=f"{len(steps)} steps with their medians in both groups.",
    )
