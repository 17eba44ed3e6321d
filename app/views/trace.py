"""One trace: what it waited on, its timeline, the views of it, and the selected span."""

from __future__ import annotations

from app import live, page, queries, state
from app.components.compare_links import compare_links
from app.components.inferred_parents import inferred_parents_switch
from app.components.places import place
from app.components.states import missing_trace_shown, outage_shown
from app.components.timeline import timeline_chart, timeline_place
from app.components.trace_header import trace_top
from app.components.trace_views import Viewed
from app.queries import comparison, studies
from app.queries import spans as said
from app.theme import palette
from app.views.parts.trace_views import draw_head, draw_views
from collector.analysis.baseline import baseline
from collector.analysis.finding import find_spans
from collector.analysis.inferred import may_belong_to_others

BASELINE_RUNS = 50


def draw() -> None:
    asked = state.current()
    with outage_shown(), missing_trace_shown(asked.trace_id):
        draw_trace(queries.whole_trace_id(asked.trace_id or ""), asked.span_id, asked.find)


def draw_trace(trace_id: str, span_id: str | None, find: str) -> None:
    head, middle, lower = place("trace_head", 205, 5), place("trace_timeline", 252), place("trace_views", 984, 2)
    trace, spans = queries.trace(trace_id), queries.trace_spans(trace_id)
    if may_belong_to_others(spans) and inferred_parents_switch(family := queries.family(trace_id), trace):
        trace, spans = family.summary(trace), family.placed()
    study = studies.study(spans)
    node = study.tree.find(span_id) or study.tree.find(study.opening)
    texts = said.said_in(study.tree, find)
    found = find_spans(study.tree, find, texts.span_ids)
    viewed = Viewed(trace=trace, study=study, node=node, found=found, searched=texts.searched, palette=palette())
    with head:
        marks = draw_head(viewed, baseline(trace, comparison.earlier_runs(trace_id, BASELINE_RUNS)))
    with middle:
        timeline = timeline_place(viewed)
    with lower:
        draw_views(viewed, marks)
    live.let_paint(trace_id)
    timeline_chart(timeline, viewed)


with trace_top():
    if state.current().trace_id:
        page.steps()
        compare_links(state.current().trace_id or "")
    live.pulse()
live.content(page.telling(draw), follows_clock=False)
