"""One trace: what it waited on, its timeline and tree, and the selected span."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import live, queries, state
from app.components.agent_graph import graph_view
from app.components.conversation import conversation_view
from app.components.inferred_parents import inferred_parents_switch
from app.components.marks import trace_marks, trace_note
from app.components.span_panel import Panel, nothing_selected, span_panel
from app.components.span_tree import expander_key, span_tree
from app.components.states import missing_trace_shown, outage_shown
from app.components.steps import steps_view
from app.components.timeline import timeline_panel
from app.components.trace_header import trace_cards, trace_header, trace_sentence, trace_top
from app.components.trace_view_switch import view_switch
from app.components.tree_bar import tree_bar
from app.frames.span_tree import ancestors, outline
from app.frames.trace_facts import cards, headline, outcome
from app.marking import marking
from app.queries import spans as said
from app.theme import palette
from collector.analysis.agent_graph import has_several_agents
from collector.analysis.critical_path import critical_path
from collector.analysis.failures import failed_steps, opening_span
from collector.analysis.inferred import may_belong_to_others
from collector.analysis.tree import build_tree
from collector.analysis.waiting import waiting_on
from collector.store.records import SpanDetail


def draw() -> None:
    selection = state.current()
    with outage_shown(), missing_trace_shown(selection.trace_id):
        draw_trace(queries.whole_trace_id(selection.trace_id or ""), selection.span_id)


def draw_trace(trace_id: str, span_id: str | None) -> None:
    trace, spans = queries.trace(trace_id), queries.trace_spans(trace_id)
    if may_belong_to_others(spans) and inferred_parents_switch(family := queries.family(trace_id), trace):
        trace, spans = family.summary(trace), family.placed()
    tree = build_tree(spans)
    path = critical_path(tree)
    waits = waiting_on(tree, path)
    if tree.find(span_id) is None:
        span_id = opening_span(tree, path)

    def choose(chosen: str) -> None:
        state.change(span_id=chosen)
        state.reveal([expander_key(above) for above in ancestors(tree, chosen)])

    def detail(span_id: str) -> SpanDetail:
        return queries.span_detail(tree.nodes[tree.index[span_id]].span.trace_id, span_id)

    marks, note = marking(trace.project, trace_id), said.note(trace.project, trace_id)
    beside = partial(trace_marks, note, trace.scores, marks)
    trace_header(trace, outcome(trace, tree), state.viewer_zone(), beside)
    trace_note(note, marks)
    trace_sentence(*headline(waits, path, tree.duration_ns), trace.error)
    trace_cards(cards(trace, waits))
    live.let_paint(trace_id)
    timeline_panel(tree, path, span_id, palette(), choose)
    left, right = st.columns([3, 2], gap="small")
    with left:
        view = view_switch(("tree", "conversation", "steps", *(("graph",) if has_several_agents(tree) else ())))
        if view == "tree":
            tree_bar(tree, failed_steps(tree), span_id, choose)
            span_tree(outline(tree, span_id), choose)
        elif view == "conversation":
            conversation_view(tree, span_id, said.messages, said.calls, choose)
        elif view == "steps":
            steps_view(tree, span_id, said.calls, palette(), choose)
        else:
            graph_view(tree, palette(), choose)
    with right:
        node = tree.find(span_id)
        if node is None:
            nothing_selected()
        else:
            span_panel(detail(node.span.span_id), node, Panel(tree=tree, detail=detail, choose=choose, marking=marks))


with trace_top():
    live.pulse()
live.content(draw)
