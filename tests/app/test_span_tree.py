from __future__ import annotations

import pytest

from app.frames.span_tree import FIRST_ROWS, MOST_LEVELS, ancestors, outline
from collector.analysis.tree import build_tree
from tests.analysis.spans import make_span


def test_tokens_and_cost_of_a_group_are_those_of_the_counted_spans_below() -> None:
    tree = build_tree(
        [
            make_span("agent", None, 0, 9, input_tokens=100, output_tokens=10, cost_usd=5.0, counted=False),
            make_span("one", "agent", 1, 2, input_tokens=60, output_tokens=5, cost_usd=0.25, counted=True),
            make_span("two", "agent", 3, 4, input_tokens=40, counted=True),
            make_span("tool", "agent", 5, 6),
        ]
    )
    agent, one, two, tool = outline(tree, None).rows
    assert (agent.tokens, agent.cost_usd, agent.is_sum) == (105, pytest.approx(0.25), True)
    assert (one.tokens, one.cost_usd, one.is_sum) == (65, pytest.approx(0.25), False)
    assert (two.tokens, two.cost_usd) == (40, None)
    assert (tool.tokens, tool.cost_usd) == (None, None)
    assert [row.unpriced for row in (agent, one, two, tool)] == [1, 0, 1, 0]


def test_a_small_trace_is_open_as_a_whole() -> None:
    tree = build_tree([make_span("a", None, 0, 9), make_span("b", "a", 1, 8), make_span("c", "b", 2, 7)])
    assert outline(tree, None).open >= {0, 1}


def test_of_a_large_trace_only_the_upper_levels_and_the_way_to_the_selected_span_are_open() -> None:
    spans = [make_span("root", None, 0, 1000)]
    for group in range(10):
        spans.append(make_span(f"g{group}", "root", group, 900))
        spans.extend(make_span(f"g{group}c{n}", f"g{group}", group, 800) for n in range(12))
    tree = build_tree(spans)
    shown = outline(tree, "g7c3")
    assert sorted(tree.nodes[position].span.span_id for position in shown.open) == ["g7", "root"]
    assert sum(len(tree.nodes[position].children) for position in shown.open) <= FIRST_ROWS


def test_a_deep_span_is_shown_from_a_span_above_it() -> None:
    chain = [make_span(str(depth), str(depth - 1) if depth else None, depth, 999) for depth in range(500)]
    tree = build_tree(chain)
    shown = outline(tree, "400")
    (top,) = shown.tops
    assert 400 - MOST_LEVELS < top < 400
    assert shown.above == tuple(range(top))


def test_without_a_selection_the_roots_are_on_top() -> None:
    tree = build_tree([make_span("a", None, 0, 9), make_span("orphan", "never-sent", 1, 8)])
    shown = outline(tree, "not-in-this-trace")
    assert shown.tops == (0, 1)
    assert shown.selected is None
    assert shown.lineage == frozenset()


def test_ancestors_come_nearest_first() -> None:
    tree = build_tree([make_span("a", None, 0, 9), make_span("b", "a", 1, 8), make_span("c", "b", 2, 7)])
    assert ancestors(tree, "c") == ("b", "a")
    assert ancestors(tree, "unknown") == ()
