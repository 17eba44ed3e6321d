"""Compare, two runs: what the chosen step said in both."""

from __future__ import annotations

from app import queries, state
from app.components.compare_texts import draw_texts
from app.frames.compared_texts import changed_prompt_words, compared_texts
from app.frames.verdict import difference, leading, where
from app.theme import palette
from collector.analysis.comparison import Comparison
from collector.store.records import SpanDetail

MOST_RETRIES = 6
MOST_TEXTS = 2
"""Of a step that nobody has chosen."""


def draw_said(found: Comparison) -> None:
    chosen = found.find(state.current().span_id)
    for shown in [chosen] if chosen is not None else telling(found):
        draw_step(found, shown, most=MOST_TEXTS if chosen is None else None)


def telling(found: Comparison) -> list[int]:
    """What to show before somebody chooses: where the two part, and the step that made most of the difference."""
    part = leading(found)
    step = [] if part is None else [at for at in part.pairs[:1] if found.nodes[at].changes]
    return list(dict.fromkeys([*([] if found.first is None else [found.first]), *step]))


def draw_step(found: Comparison, position: int, most: int | None) -> None:
    node = found.nodes[position]
    a, b = details(found, position)
    retries = [(where(found, at), *details(found, at)) for at in further_calls(found, position)]
    spans = [(name, side.span) for name, side in (("A", node.a), ("B", node.b)) if side is not None]
    draw_texts(where(found, position), difference(node), compared_texts(a, b, retries)[:most], spans, palette())


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


def prompt_words(found: Comparison) -> int | None:
    """How many words of the system prompt differ in the first step that does, where it is that."""
    if found.first is None or all(change.what != "system" for change in found.nodes[found.first].changes):
        return None
    a, b = details(found, found.first)
    return None if a is None or b is None else changed_prompt_words(a, b)
