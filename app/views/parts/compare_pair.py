"""Compare, two runs: the verdict, both runs step by step, and what the chosen step said."""

from __future__ import annotations

import streamlit as st

from app import queries, state
from app.components import compare_states
from app.components.aligned_tree import aligned_tree
from app.components.compare_hero import draw_hero
from app.components.compare_parts import draw_contributions, draw_nodes
from app.components.compare_runs import draw_run_cards
from app.components.compare_texts import draw_texts, draw_unread
from app.components.compare_tree_bar import draw_tree_foot, draw_tree_head
from app.frames.aligned_rows import aligned_rows
from app.frames.changes_told import changes_told
from app.frames.compared_nodes import compared_nodes
from app.frames.compared_texts import changed_prompt_words, compared_texts
from app.frames.compared_timelines import pair_of_timelines
from app.frames.verdict import change_text, leading, verdict, where
from app.queries import comparison as ask
from app.theme import palette
from collector.analysis.comparison import Comparison
from collector.analysis.failures import failed_steps
from collector.store.records import SpanDetail, TraceSummary

MOST_RETRIES = 6
MOST_TEXTS = 2
"""Of a step that nobody has chosen."""


def draw_pair(a: TraceSummary, b: TraceSummary) -> None:
    if a.workflow != b.workflow:
        compare_states.other_workflow(a, b)
    for side, trace in (("A", a), ("B", b)):
        if trace.outcome in ("running", "incomplete"):
            compare_states.unfinished(side, trace)
    found = ask.comparison(a, b)
    normal = ask.normal_spread(a.trace_id, b.trace_id)
    words = None if found.first is None else prompt_words(found, found.first)
    told = verdict(found, normal, words)
    draw_hero(told, changes_told(found), normal, a, b, palette())
    failures = {"a": len(failed_steps(found.a)), "b": len(failed_steps(found.b))}
    draw_run_cards(a, b, pair_of_timelines(found), failures, palette())
    divider = f"First difference · {told.first_at} · {told.first}" if told.first_at else ""
    st.fragment(draw_steps)(found, f"{a.trace_id} {b.trace_id}", divider)


def draw_steps(found: Comparison, pair: str, divider: str) -> None:
    chosen = found.find(state.current().span_id)
    position = found.first if chosen is None else chosen
    left, right = st.columns([3, 2], gap=10)
    with left:
        draw_tree_head(found)
        span_id = None if position is None else found.nodes[position].shown.span.span_id
        rows = aligned_rows(found, divider)
        aligned_tree(rows, pair, span_id, palette(), lambda chosen: state.change(span_id=chosen))
        draw_tree_foot()
    with right:
        draw_contributions(found, palette())
    draw_unread(found.unread)
    for shown in [chosen] if chosen is not None else telling(found):
        draw_said(found, shown, most=MOST_TEXTS if chosen is None else None)
    draw_nodes(compared_nodes(found))


def telling(found: Comparison) -> list[int]:
    """What to show before somebody chooses: where the two part, and the step that made most of the difference."""
    part = leading(found)
    step = [] if part is None else [at for at in part.pairs[:1] if found.nodes[at].changes]
    return list(dict.fromkeys([*([] if found.first is None else [found.first]), *step]))


def draw_said(found: Comparison, position: int, most: int | None) -> None:
    node = found.nodes[position]
    a, b = details(found, position)
    retries = [(where(found, at), *details(found, at)) for at in further_calls(found, position)]
    changes = [change_text(change) for change in node.changes]
    spans = [(name, side.span) for name, side in (("A", node.a), ("B", node.b)) if side is not None]
    draw_texts(where(found, position), changes, compared_texts(a, b, retries)[:most], spans, palette())


def further_calls(found: Comparison, position: int) -> list[int]:
    """Calls of the same step that only B made."""
    part = next((part for part in found.time if position in part.pairs), None)
    added = [] if part is None else [at for at in part.pairs if found.nodes[at].a is None and at != position]
    return added[:MOST_RETRIES]


def details(found: Comparison, position: int) -> tuple[SpanDetail | None, SpanDetail | None]:
    node = found.nodes[position]
    spans = (None if side is None else side.span for side in (node.a, node.b))
    a, b = (None if span is None else queries.span_detail(span.trace_id, span.span_id) for span in spans)
    return a, b


def prompt_words(found: Comparison, position: int) -> int | None:
    """How many words of the system prompt differ, where it does."""
    if all(change.what != "system" for change in found.nodes[position].changes):
        return None
    a, b = details(found, position)
    return None if a is None or b is None else changed_prompt_words(a, b)
