from __future__ import annotations

import pytest
from hypothesis import given

from collector.analysis.faster import duration_if_faster
from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def test_what_runs_alone_wins_what_it_gives_up() -> None:
    tree = build_tree([make_span("a", None, 0, 100), make_span("b", "a", 10, 50), make_span("c", "a", 60, 90)])
    assert duration_if_faster(tree, "b") == 80
    assert duration_if_faster(tree, "c") == 85
    assert duration_if_faster(tree, "a") == 50


def test_what_runs_beside_something_slower_wins_nothing() -> None:
    tree = build_tree([make_span("a", None, 0, 100), make_span("slow", "a", 0, 90), make_span("b", "a", 0, 60)])
    assert duration_if_faster(tree, "b") == 100


def test_the_slower_of_two_wins_only_down_to_the_other() -> None:
    tree = build_tree([make_span("a", None, 0, 100), make_span("slow", "a", 0, 90), make_span("b", "a", 0, 80)])
    assert duration_if_faster(tree, "slow") == 90


def test_what_follows_several_waits_for_the_slowest_of_them() -> None:
    spans = [
        make_span("a", None, 0, 100),
        make_span("slow", "a", 0, 90),
        make_span("b", "a", 0, 50),
        make_span("next", "a", 95, 100),
    ]
    assert duration_if_faster(build_tree(spans), "slow") == 60


def test_what_follows_moves_along() -> None:
    tree = build_tree(
        [
            make_span("a", None, 0, 100),
            make_span("b", "a", 0, 40),
            make_span("c", "a", 50, 100),
            make_span("d", "c", 60, 100),
        ]
    )
    assert duration_if_faster(tree, "b") == 80


def test_a_call_inside_a_call_counts_through_both() -> None:
    tree = build_tree([make_span("a", None, 0, 100), make_span("b", "a", 0, 90), make_span("c", "b", 10, 90)])
    assert duration_if_faster(tree, "c") == 60


def test_a_child_that_outlives_its_parent_is_not_waited_for() -> None:
    tree = build_tree([make_span("a", None, 0, 50), make_span("b", "a", 10, 90)])
    assert duration_if_faster(tree, "b") == 50


def test_an_unknown_span_has_no_answer() -> None:
    assert duration_if_faster(build_tree([make_span("a", None, 0, 5)]), "zz") is None


@given(span_lists())
def test_nothing_changes_where_nothing_is_faster(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    assert {duration_if_faster(tree, node.span.span_id, 1.0) for node in tree.nodes} == {tree.duration_ns}


@given(span_lists())
def test_a_faster_span_never_makes_the_trace_slower_nor_wins_more_than_it_gave_up(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    for position, node in enumerate(tree.nodes):
        faster = duration_if_faster(tree, node.span.span_id)
        assert faster is not None
        inside = [position]
        for at in inside:
            inside.extend(tree.nodes[at].children)
        reach_ns = max(tree.nodes[at].end_ns for at in inside) - node.start_ns
        assert tree.duration_ns - reach_ns / 2 - 1 <= faster <= tree.duration_ns


@pytest.mark.parametrize("factor", [0.0, 0.25, 0.9])
def test_a_lone_span_takes_its_factor(factor: float) -> None:
    tree = build_tree([make_span("a", None, 0, 1000)])
    assert duration_if_faster(tree, "a", factor) == 1000 * factor
