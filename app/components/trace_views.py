"""What a trace can be looked at as. Each view is drawn by one function and takes one line in the page's table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from app import state
from app.components.span_tree import expander_key
from app.components.trace_bar import find_bar, trace_bar
from app.frames.span_tree import ancestors
from app.theme import Palette
from collector.analysis.study import Study
from collector.analysis.tree import SpanNode
from collector.store.records import TraceSummary

WATERFALL, TREE = "waterfall", "tree"
_SWITCHES = (
    ("folds", "Fold infrastructure", "Leaves out spans of HTTP clients, databases and the like."),
    ("groups", "Group repeats", "Three or more calls of the same, or of the same two in turn, beside each other."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """What every view is handed."""

    trace: TraceSummary
    study: Study
    node: SpanNode | None
    """The selected span; None in a trace without any."""
    found: Sequence[str]
    """span_ids of what was looked for, in the order of the tree."""
    searched: int | None
    """The first spans that were read whole for it, when there was no time for all; None for all of them."""
    palette: Palette

    @property
    def span_id(self) -> str | None:
        return None if self.node is None else self.node.span.span_id

    def choose(self, span_id: str) -> None:
        """For the callback of a click on a span: selects it, and opens what is above it in the tree."""
        state.change(span_id=span_id)
        state.reveal([expander_key(above) for above in ancestors(self.study.tree, span_id)])


View = Callable[[Viewed], None]


def view_area(views: Mapping[str, View], viewed: Viewed) -> None:
    """The switch between the views, the bar that serves all of them, and the one that is shown."""
    shown = chosen_view(views)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="trace_bar"
    ):
        _switch(views, shown)
        with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
            trace_bar(viewed.study, viewed.span_id, viewed.choose)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="find_bar"):
        find_bar(viewed.study.tree, viewed.found, viewed.searched, viewed.span_id, viewed.choose)
        if shown == WATERFALL:
            _waterfall_switches()
    views[shown](viewed)


def chosen_view(views: Mapping[str, View]) -> str:
    """The view that the URL names; else the waterfall, or the tree where the page is too narrow for it."""
    named = state.current().view
    if named is not None and named in views:
        return named
    return TREE if state.is_narrow() else WATERFALL


def _switch(views: Mapping[str, View], shown: str) -> None:
    """Writes the choice to the URL, so that a link opens the same view."""
    st.segmented_control(
        "View",
        list(views),
        format_func=str.capitalize,
        default=shown,
        required=True,
        key=state.follow_as("view", shown),
        on_change=state.take,
        args=("view",),
        label_visibility="collapsed",
    )


def _waterfall_switches() -> None:
    """What the rows leave out and put together; both are in the URL."""
    now = state.current()
    for field, label, told in _SWITCHES:
        key, is_on = state.follow(field), bool(getattr(now, field))
        st.toggle(label, value=is_on, key=key, on_change=state.take, args=(field,), help=told)
