"""What stands below a trace's timeline: the views of it, and the panel of the selected span."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from app import queries, state
from app.components.agent_graph import graph_view
from app.components.conversation import conversation_view
from app.components.marks import Marking, trace_marks, trace_note
from app.components.span_panel import Panel, nothing_selected, span_panel
from app.components.steps import steps_view
from app.components.trace_header import trace_cards, trace_header, trace_sentence
from app.components.trace_tree import tree_view
from app.components.trace_views import View, Viewed, view_area
from app.components.waterfall_view import waterfall_view
from app.frames.trace_facts import cards, headline, outcome, standing
from app.marking import marking
from app.queries import spans as said
from collector.analysis.agent_graph import has_several_agents
from collector.analysis.baseline import Baseline
from collector.store.records import SpanDetail


def views_of(viewed: Viewed) -> Mapping[str, View]:
    """By their names in the URL; the graph only where several agents work together."""
    views: dict[str, View] = {
        "waterfall": waterfall_view,
        "tree": tree_view,
        "conversation": _conversation,
        "steps": _steps,
    }
    return views | {"graph": _graph} if has_several_agents(viewed.study.tree) else views


def draw_head(viewed: Viewed, base: Baseline) -> Marking:
    """Title, marks, sentence and cards; what a star, a note or a score is written with."""
    trace, study = viewed.trace, viewed.study
    marks, note = marking(trace.project, trace.trace_id), said.note(trace.project, trace.trace_id)
    beside = partial(trace_marks, note, trace.scores, marks)
    trace_header(trace, outcome(trace, study.tree, study.failed), state.viewer_zone(), beside)
    trace_note(note, marks)
    trace_sentence(*headline(study.waits, study.path, study.tree.duration_ns), trace.error, standing(base))
    trace_cards(cards(trace, study.waits, base))
    return marks


def draw_views(viewed: Viewed, marks: Marking) -> None:
    left, right = st.columns([3, 2], gap="small")
    with right:  # first: it is what a click waits for
        draw_panel(viewed, marks)
    with left:
        view_area(views_of(viewed), viewed)


def draw_panel(viewed: Viewed, marks: Marking) -> None:
    tree = viewed.study.tree

    def detail(span_id: str) -> SpanDetail:
        return queries.span_detail(tree.nodes[tree.index[span_id]].span.trace_id, span_id)

    if viewed.node is None:
        nothing_selected()
        return
    panel = Panel(tree=tree, detail=detail, choose=viewed.choose, marking=marks)
    span_panel(detail(viewed.node.span.span_id), viewed.node, panel)


def _conversation(viewed: Viewed) -> None:
    conversation_view(viewed.study.tree, viewed.span_id, said.messages, said.calls, viewed.choose)


def _steps(viewed: Viewed) -> None:
    steps_view(viewed.study, viewed.span_id, said.calls, said.argument_hashes, viewed.palette, viewed.choose)


def _graph(viewed: Viewed) -> None:
    graph_view(viewed.study.tree, viewed.palette, viewed.choose)
