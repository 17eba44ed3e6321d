from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def ids(spans: list[SpanRecord]) -> list[str]:
    return [node.span.span_id for node in build_tree(spans).nodes]


def test_parents_stand_before_their_children_and_siblings_by_start() -> None:
    spans = [
        make_span("late", "root", 5, 9),
        make_span("early", "root", 1, 4),
        make_span("inner", "early", 2, 3),
        make_span("root", None, 0, 10),
    ]
    tree = build_tree(spans)
    assert ids(spans) == ["root", "early", "inner", "late"]
    assert [node.depth for node in tree.nodes] == [0, 1, 2, 1]
    assert tree.nodes[0].children == (1, 3)
    assert tree.nodes[2].parent == 1
    assert (tree.start_ns, tree.end_ns) == (0, 10)
    assert tree.find("inner") is tree.nodes[2]
    assert tree.find("unknown") is None


def test_an_orphan_becomes_a_root_and_says_so() -> None:
    tree = build_tree([make_span("root", None, 0, 10), make_span("orphan", "never-sent", 3, 4)])
    assert [(node.span.span_id, node.depth, node.is_orphan) for node in tree.nodes] == [
        ("root", 0, False),
        ("orphan", 0, True),
    ]


def test_a_cycle_is_cut_at_its_earliest_span() -> None:
    spans = [
        make_span("c", "b", 3, 4),
        make_span("a", "c", 1, 9),
        make_span("b", "a", 2, 5),
        make_span("d", "c", 3, 4),
    ]
    tree = build_tree(spans)
    assert [(node.span.span_id, node.depth) for node in tree.nodes] == [
        ("a", 0),
        ("b", 1),
        ("c", 2),
        ("d", 3),
    ]


def test_a_span_that_is_its_own_parent_becomes_a_root() -> None:
    assert build_tree([make_span("a", "a", 0, 5)]).nodes[0].depth == 0


def test_the_finished_span_of_two_with_one_id_is_kept() -> None:
    unfinished = make_span("a", None, 0, None, pending=True)
    finished = make_span("a", None, 0, 7)
    assert [node.span for node in build_tree([unfinished, finished]).nodes] == [finished]


def test_a_span_without_an_end_is_drawn_to_the_end_of_the_trace_but_has_no_duration() -> None:
    tree = build_tree([make_span("root", None, 0, None), make_span("done", "root", 2, 8)])
    root = tree.nodes[0]
    assert root.end_ns == 8
    assert root.span.duration_ms is None


def test_an_end_before_the_start_is_drawn_as_nothing() -> None:
    tree = build_tree([make_span("root", None, 0, 10), make_span("skewed", "root", 6, 2)])
    assert tree.nodes[1].end_ns == 6
    assert tree.nodes[1].self_ns == 0


def test_self_time_counts_overlapping_children_once_and_clips_them() -> None:
    spans = [
        make_span("root", None, 10, 20),
        make_span("before", "root", 5, 12),
        make_span("one", "root", 14, 17),
        make_span("two", "root", 15, 18),
        make_span("beyond", "root", 19, 30),
    ]
    assert build_tree(spans).nodes[0].self_ns == 10 - 2 - 4 - 1


def test_no_spans_make_an_empty_tree() -> None:
    tree = build_tree([])
    assert tree.nodes == ()
    assert tree.duration_ns == 0


def test_a_chain_of_ten_thousand_spans_has_no_depth_limit() -> None:
    chain = [make_span(str(depth), str(depth - 1) if depth else None, depth, 20_000 - depth) for depth in range(10_000)]
    tree = build_tree(chain)
    assert tree.nodes[-1].depth == 9_999
    assert all(node.self_ns == 2 for node in tree.nodes[:-1])


@given(span_lists(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(spans: list[SpanRecord], random: object) -> None:
    shuffled = [*spans, *(replace(span, end_ns=None, pending=True) for span in spans[:3])]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert build_tree(shuffled) == build_tree(spans)


@given(span_lists())
def test_every_span_appears_once_below_its_parent(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    assert sorted(node.span.span_id for node in tree.nodes) == sorted(span.span_id for span in spans)
    for position, node in enumerate(tree.nodes):
        assert tree.index[node.span.span_id] == position
        assert all(tree.nodes[child].parent == position for child in node.children)
        if node.parent is not None:
            assert node.parent < position
            assert node.depth == tree.nodes[node.parent].depth + 1


@given(span_lists())
def test_self_time_and_the_time_of_children_make_up_the_span(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    for node in tree.nodes:
        moments = set(range(node.start_ns, node.end_ns))
        for child in node.children:
            moments -= set(range(tree.nodes[child].start_ns, tree.nodes[child].end_ns))
        assert node.self_ns == len(moments)
