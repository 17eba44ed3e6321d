"""One trace: what it waited on, its timeline, the views of it, and the selected span."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app import live, page, queries, state
from app.components.compare_links import compare_links
from app.components.inferred_parents import inferred_parents_switch
from app.components.marks import trace_marks, trace_note
from app.components.states import missing_trace_shown, outage_shown
from app.components.timeline import timeline_chart, timeline_place
from app.components.trace_header import trace_cards, trace_header, trace_sentence, trace_top
from app.components.trace_views import Viewed, view_area
from app.frames.trace_facts import cards, headline, outcome, standing
from app.marking import marking
from app.queries import baselines, studies
from app.queries import spans as said
from app.theme import palette
from app.views.parts.trace_views import draw_panel, views_of
from collector.analysis.baseline import baseline
from collector.analysis.finding import find_spans
from collector.analysis.inferred import may_belong_to_others


def draw() -> None:
    asked = state.current()
    with outage_shown(), missing_trace_shown(asked.trace_id):
        draw_trace(queries.whole_trace_id(asked.trace_id or ""), asked.span_id, asked.find)


def draw_trace(trace_id: str, span_id: str | None, find: str) -> None:
    trace, spans = queries.trace(trace_id), queries.trace_spans(trace_id)
    if may_belong_to_others(spans) and inferred_parents_switch(family := queries.family(trace_id), trace):
        trace, spans = family.summary(trace), family.placed()
    study, base = studies.study(spans), baseline(trace, baselines.earlier_runs(trace))
    node = study.tree.find(span_id) or study.tree.find(study.opening)
    found = find_spans(study.tree, find)
    viewed = Viewed(trace=trace, study=study, node=node, found=found, palette=palette())
    marks, note = marking(trace.project, trace_id), said.note(trace.project, trace_id)
    beside = partial(trace_marks, note, trace.scores, marks)
    trace_header(trace, outcome(trace, study.tree), state.viewer_zone(), beside)
    trace_note(note, marks)
    trace_sentence(*headline(study.waits, study.path, study.tree.duration_ns), trace.error, standing(base))
    trace_cards(cards(trace, study.waits, base))
    timeline = timeline_place(viewed)
    left, right = st.columns([3, 2], gap="small")
    with left:
        view_area(views_of(viewed), viewed)
    with right:
        draw_panel(viewed, marks)
    live.let_paint(trace_id)
    timeline_chart(timeline, viewed)


with trace_top():
    if state.current().trace_id:
        page.steps()
        compare_links(state.current().trace_id or "")
    live.pulse()
live.content(page.telling(draw), follows_clock=False)
