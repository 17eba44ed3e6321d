from __future__ import annotations

from hypothesis import given

from collector.analysis.folding import infrastructure
from collector.analysis.tree import Tree, build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def folded(tree: Tree) -> set[str]:
    return {tree.nodes[position].span.span_id for position in infrastructure(tree)}


def test_requests_below_a_call_are_folded_with_what_is_below_them() -> None:
    spans = [
        make_span("a", None, 0, 9, kind="agent"),
        make_span("b", "a", 1, 5, kind="tool"),
        make_span("c", "b", 1, 5),
        make_span("d", "c", 2, 4),
    ]
    assert folded(build_tree(spans)) == {"c", "d"}


def test_a_wrapper_of_a_model_call_stays() -> None:
    spans = [make_span("a", None, 0, 9), make_span("b", "a", 1, 5), make_span("c", "b", 1, 5, kind="llm")]
    assert folded(build_tree(spans)) == set()


def test_a_failure_is_folded_only_into_a_failure() -> None:
    spans = [
        make_span("a", None, 0, 9, kind="tool"),
        make_span("b", "a", 1, 5, status="error"),
        make_span("c", "a", 1, 5, kind="tool", status="error"),
        make_span("d", "c", 1, 5, status="error"),
    ]
    assert folded(build_tree(spans)) == {"d"}


@given(span_lists())
def test_whole_branches_go_and_roots_stay(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    gone = infrastructure(tree)
    for position in gone:
        node = tree.nodes[position]
        assert node.parent is not None
        assert node.span.kind == "other"
        assert set(node.children) <= gone
