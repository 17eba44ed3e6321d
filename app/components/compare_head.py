"""The head of the Compare page: which two, swapped or others, and groups instead."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app import state
from app.components.frame import name_tab
from app.format import cut, escape_markdown
from app.frames.compared_runs import run_choice
from app.selection import BEFORE
from collector.store.records import TraceSummary

PAIR, GROUPS = "pair", "groups"
_MODES = {PAIR: "Two runs", GROUPS: "Groups"}


def draw_modes(mode: str) -> None:
    key = f"mode_{mode}"
    st.segmented_control(
        "Mode",
        list(_MODES),
        default=mode,
        format_func=_MODES.__getitem__,
        key=key,
        on_change=state.take_choice,
        args=(key, "view"),
        required=True,
        label_visibility="collapsed",
        help="Two runs step by step, or two groups of runs by their figures.",
    )


def draw_about(a: TraceSummary, b: TraceSummary, chosen_by: str, earlier: Sequence[TraceSummary]) -> None:
    """What is compared, and the button that swaps it."""
    name_tab(f"Compare {b.workflow or b.name}")
    workflow = escape_markdown(cut(b.workflow or b.name, 60))
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        horizontal_alignment="distribute",
        gap="small",
        key="compare_about",
    ):
        st.markdown(f"**{workflow}** :gray[:small[· {chosen_by}]]", width="content")
        with st.container(horizontal=True, width="content", gap="xsmall", vertical_alignment="center"):
            st.button(
                "Swap A and B",
                icon=":material/swap_horiz:",
                key="swap",
                on_click=state.change,
                kwargs={"a": b.trace_id, "b": a.trace_id, "span_id": None},
            )
            draw_picker(b, earlier, a.trace_id)


def draw_picker(b: TraceSummary, runs: Sequence[TraceSummary], a_id: str) -> None:
    with (
        st.popover("Choose runs", icon=":material/tune:", help="By id, or one of the last runs"),
        st.container(gap="small"),
    ):
        draw_ids()
        _draw_usual()
        if runs:
            _draw_earlier(b, runs, a_id)


def draw_ids() -> None:
    """Each with the id in its key: a field in a closed popover would miss being told of another one."""
    selection = state.current()
    for field, shown, hint in (("a", selection.a, "empty: the last good run before B"), ("b", selection.b, "")):
        key = f"id_{field}_{shown or ''}"
        st.text_input(
            f"Trace {field.upper()}, by id or its first characters",
            value=shown or "",
            key=key,
            on_change=state.take_id,
            args=(key, field),
            placeholder=hint,
        )


def _draw_usual() -> None:
    st.caption("Compare B with")
    with st.container(horizontal=True, gap="xsmall"):
        for label, value, key in (
            ("the last good run", None, "usual_good"),
            ("the run before", BEFORE, "usual_before"),
        ):
            st.button(label, key=key, on_click=state.change, kwargs={"a": value, "span_id": None})


def draw_runs_to_choose(runs: Sequence[TraceSummary]) -> None:
    """Links that compare each with the last good run before it."""
    with st.container(border=True, key="panel_newest_runs", gap=None):
        st.markdown("**Newest runs**")
        st.caption("Each beside the last good run of its workflow.")
        for run in runs:
            name = escape_markdown(cut(run.workflow or run.name, 40))
            st.page_link(
                state.COMPARE_PAGE,
                label=f"**{name}** {escape_markdown(run_choice(run, state.viewer_zone()))}",
                icon=":material/compare_arrows:",
                query_params=state.page_params(b=run.trace_id),
            )


def _draw_earlier(b: TraceSummary, runs: Sequence[TraceSummary], a_id: str) -> None:
    """The last runs of B's workflow, to choose A from."""
    zone = state.viewer_zone()
    labels = {run.trace_id: run_choice(run, zone) for run in runs if run.trace_id != b.trace_id}
    chosen = a_id if a_id in labels else None
    st.selectbox(
        "Run A",
        list(labels),
        index=list(labels).index(chosen) if chosen else None,
        format_func=lambda trace_id: labels.get(trace_id, trace_id),
        key=f"earlier_{b.trace_id}_{chosen}",
        on_change=state.take_choice,
        args=(f"earlier_{b.trace_id}_{chosen}", "a"),
        placeholder=f"Another run of {cut(b.workflow or b.name, 40)}",
        label_visibility="collapsed",
    )
