"""Compare, two runs: the verdict, both runs step by step, and what the change is made of."""

from __future__ import annotations

import streamlit as st

from app import state
from app.components import compare_states
from app.components.aligned_tree import tree_box, tree_pointer, tree_rows
from app.components.compare_hero import draw_hero, hero_place
from app.components.compare_nodes import draw_nodes
from app.components.compare_parts import CHARTS, draw_contributions
from app.components.compare_runs import draw_run_cards
from app.components.compare_texts import draw_unread
from app.components.compare_tree_bar import draw_tree_foot, draw_tree_head
from app.frames.aligned_rows import tree_payload
from app.frames.changes_told import changes_told
from app.frames.compared_nodes import compared_nodes
from app.frames.compared_timelines import pair_of_timelines
from app.frames.verdict import verdict
from app.queries import comparison as ask
from app.theme import palette
from app.views.parts.compare_said import draw_said, prompt_words
from collector.analysis.comparison import Comparison
from collector.analysis.failures import failed_steps
from collector.store.records import TraceSummary

POINTER, SAID, PARTS = "compare_pointer", "compare_said", "compare_parts"
"""The parts that are drawn again when a step is chosen."""


def draw_pair(a: TraceSummary, b: TraceSummary) -> None:
    if a.workflow != b.workflow:
        compare_states.other_workflow(a, b)
    for side, trace in (("A", a), ("B", b)):
        if trace.outcome in ("running", "incomplete"):
            compare_states.unfinished(side, trace)
    place = hero_place(a.span_count + b.span_count)
    found = ask.comparison(a, b)
    normal = ask.normal_spread(a.trace_id, b.trace_id)
    told = verdict(found, normal, prompt_words(found))
    with place.container():
        draw_hero(told, changes_told(found), normal, a, b, palette())
    cards = st.container(key="runs")
    divider = f"First difference · {told.first_at} · {told.first}" if told.first_at else ""
    left, right = st.columns([3, 2], gap=10)
    with left:
        draw_tree(found, tree_payload(found, f"{a.trace_id} {b.trace_id}", divider))
    with cards:  # after the rows: charts take the browser longest
        failures = {"a": len(failed_steps(found.a)), "b": len(failed_steps(found.b))}
        draw_run_cards(a, b, pair_of_timelines(found), failures, palette())
    with right:
        state.take_turns(CHARTS, None)
        st.fragment(draw_contributions, key=PARTS)(found, palette(), choose)
    draw_unread(found.unread)
    with st.container(key="said"):
        st.fragment(draw_said, key=SAID)(found)
    draw_nodes(*compared_nodes(found), palette())


def draw_tree(found: Comparison, payload: bytes) -> None:
    draw_tree_head(found)
    with tree_box(palette()):
        st.fragment(tree_rows)(payload, choose)
        st.fragment(draw_pointer, key=POINTER)(found)
    draw_tree_foot()


def draw_pointer(found: Comparison) -> None:
    chosen = found.find(state.current().span_id)
    position = found.first if chosen is None else chosen
    tree_pointer(None if position is None else found.nodes[position].shown.span.span_id)


def choose(span_id: str, chart: str | None = None) -> None:
    """By a click on a row, or on a bar of a chart: the rest of the page stays as it is."""
    state.change(span_id=span_id)
    st.rerun([POINTER, SAID, *([PARTS] if state.take_turns(CHARTS, chart) else [])])
