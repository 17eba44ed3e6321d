"""Two groups of runs: what to type, how their figures are spread, and their steps in a table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.charts.drawing import drawing
from app.charts.groups import HEIGHT_PX, OUTCOMES_PX, distribution, outcome_bars
from app.components.panel import draw_chart, panel
from app.components.styled_figures import Writing, exact_seconds, signed_seconds, styled_figures
from app.format import count, cut, escape_markdown, money
from app.frames import groups as frames
from app.theme import Palette
from collector.analysis.groups import Contrast, Groups

_TITLES = {"duration_ms": "Duration", "total_tokens": "Tokens", "cost_usd": "Cost"}
_COLUMNS = {
    "s": ("median", 86, "Of one call."),
    "calls": ("calls a run", 92, "Of the runs that have the step."),
    "usd": ("cost a run", 92, "Median."),
    "failed": ("failed", 74, "Calls."),
    "runs": ("runs", 66, "That have the step."),
}
_FORMATS: dict[str, Writing] = {
    "change_s": signed_seconds,
    **{f"{side}_s": exact_seconds for side in "ab"},
    **{f"{side}_calls": "{:,.2f}".format for side in "ab"},
    **{f"{side}_usd": partial(money, digits=6) for side in "ab"},
    **{f"{side}_{name}": "{:,.0f}".format for side in "ab" for name in ("failed", "runs")},
}
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
                value=getattr(state.current(), field),
                key=state.follow(field),
                on_change=state.take,
                args=(field,),
                type="search",
                icon=":material/search:",
                placeholder=hint,
            )


def nothing_asked(suggested: Sequence[tuple[Contrast, str, str]]) -> None:
    """`suggested`: what the data offers, with the two queries."""
    with st.container(border=True, key="state_no_groups", gap="small"):
        st.markdown("### :material/stacked_bar_chart: Name two groups of runs")
        st.text("One version against another, or one model against another. Each group is a search, as on Traces:")
        if not suggested:
            st.code(_EXAMPLES, language=None)
        for contrast, a, b in suggested:
            named = f"**{escape_markdown(cut(contrast.workflow, 40))}** {contrast.field}"
            st.page_link(
                state.COMPARE_PAGE,
                label=f"{named} {escape_markdown(cut(contrast.a, 40))} against {escape_markdown(cut(contrast.b, 40))}",
                icon=":material/compare_arrows:",
                query_params=state.page_params(view="groups", group_a=a, group_b=b),
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
                    chart = drawing(distribution(frames.values(figure), figure.name, palette))
                    draw_chart(chart, HEIGHT_PX, f"chart_{figure.name}", f"{_TITLES[figure.name]}: {told}")
        with panel("group_outcomes", "Outcome", help="Runs that are not over are left out."):
            told = frames.outcome_sentence(groups)
            st.caption(escape_markdown(told))
            chart = drawing(outcome_bars(frames.outcomes(groups), palette))
            draw_chart(chart, OUTCOMES_PX, "chart_outcomes", told)


def draw_steps(steps: pd.DataFrame, a_runs: int, b_runs: int, palette: Palette) -> None:
    """From `frames.groups.steps`; of so many runs."""
    note = f"of the newest {count(a_runs)} runs of A and {count(b_runs)} of B; the largest change first"
    st.markdown(f"**Step by step** :gray[:small[{note}]]")
    columns: dict[str, Any] = {
        "name": st.column_config.Column("Step", width=200),
        "kind": st.column_config.Column("Kind", width=80),
        "change_s": st.column_config.Column("Δ median", width=92, alignment="right"),
    }
    for side in ("a", "b"):
        for name, (head, width, told) in _COLUMNS.items():
            columns[f"{side}_{name}"] = st.column_config.Column(
                f"{side.upper()} {head}", width=width, help=told, alignment="right"
            )
    st.dataframe(
        styled_figures(steps[list(_ORDER)], _FORMATS, ("change_s",), palette),
        hide_index=True,
        row_height=_ROW_PX,
        height=min(_MOST_PX, _ROW_PX * len(steps) + _HEADER_PX),
        placeholder="",
        column_config=columns,
        key="group_steps",
        alt=f"{len(steps)} steps with their medians in both groups.",
    )
