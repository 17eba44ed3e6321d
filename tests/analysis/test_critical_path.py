from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.critical_path import critical_path, path_extents
from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def path_of(*spans: SpanRecord) -> list[tuple[str, int, int]]:
    path = critical_path(build_tree(spans))
    return [(segment.span_id, segment.start_ns, segment.end_ns) for segment in path.segments]


def test_one_call_after_the_other_is_waited_for_in_turn() -> None:
    assert path_of(
        make_span("root", None, 0, 10), make_span("first", "root", 1, 4), make_span("second", "root", 4, 9)
    ) == [("root", 0, 1), ("first", 1, 4), ("second", 4, 9), ("root", 9, 10)]


def test_of_concurrent_calls_only_the_last_to_end_is_waited_for() -> None:
    assert path_of(
        make_span("root", None, 0, 10), make_span("short", "root", 1, 5), make_span("long", "root", 2, 9)
    ) == [("root", 0, 2), ("long", 2, 9), ("root", 9, 10)]


def test_a_call_that_ended_before_the_concurrent_pair_began_is_on_the_path() -> None:
    assert path_of(
        make_span("root", None, 0, 10),
        make_span("plan", "root", 0, 3),
        make_span("left", "root", 3, 6),
        make_span("right", "root", 3, 10),
    ) == [("plan", 0, 3), ("right", 3, 10)]


def test_the_path_goes_down_into_the_calls_of_a_call() -> None:
    assert path_of(
        make_span("root", None, 0, 10), make_span("agent", "root", 2, 8), make_span("llm", "agent", 3, 7)
    ) == [("root", 0, 2), ("agent", 2, 3), ("llm", 3, 7), ("agent", 7, 8), ("root", 8, 10)]


def test_a_child_that_outlives_its_parent_has_the_rest_of_the_trace() -> None:
    assert path_of(make_span("root", None, 0, 5), make_span("stream", "root", 3, 9)) == [
        ("root", 0, 3),
        ("stream", 3, 9),
    ]


def test_a_pause_before_a_child_that_outlives_its_parent_is_the_running_spans_above() -> None:
    assert path_of(
        make_span("root", None, 0, 10), make_span("handler", "root", 1, 3), make_span("late", "handler", 6, 8)
    ) == [("root", 0, 1), ("handler", 1, 3), ("root", 3, 6), ("late", 6, 8), ("root", 8, 10)]


def test_a_gap_between_separate_roots_is_nobodys() -> None:
    path = critical_path(build_tree([make_span("a", None, 0, 3), make_span("b", None, 7, 10)]))
    assert path.span_ns == {"a": 3, "b": 3}
    assert path.idle_ns == 4


def test_no_spans_have_no_path() -> None:
    path = critical_path(build_tree([]))
    assert path.segments == ()
    assert path.idle_ns == 0


def test_a_chain_of_ten_thousand_spans_has_a_path() -> None:
    chain = [make_span(str(depth), str(depth - 1) if depth else None, depth, 20_000 - depth) for depth in range(10_000)]
    path = critical_path(build_tree(chain))
    assert sum(path.span_ns.values()) == 20_000
    assert path.span_ns["5000"] == 2


@given(span_lists())
def test_segments_are_in_order_and_do_not_overlap(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    segments = critical_path(tree).segments
    assert all(segment.length_ns > 0 for segment in segments)
    assert all(one.end_ns <= other.start_ns for one, other in pairwise(segments))
    for segment in segments:
        node = tree.nodes[tree.index[segment.span_id]]
        assert node.start_ns <= segment.start_ns < segment.end_ns <= node.end_ns


@given(span_lists())
def test_path_and_idle_time_add_up_to_the_duration(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    path = critical_path(tree)
    assert sum(segment.length_ns for segment in path.segments) + path.idle_ns == tree.duration_ns
    assert path.idle_ns >= 0


@given(span_lists())
def test_one_root_that_holds_everything_leaves_no_idle_time(spans: list[SpanRecord]) -> None:
    root = make_span("root", None, 0, 60)
    held = [replace(span, parent_span_id="root") if span.parent_span_id is None else span for span in spans]
    path = critical_path(build_tree([root, *(span for span in held if _comes_from(span, root, held))]))
    assert path.idle_ns == 0
    assert sum(path.span_ns.values()) == 60


def _comes_from(span: SpanRecord, root: SpanRecord, spans: list[SpanRecord]) -> bool:
    parents = {span.span_id: span.parent_span_id for span in spans}
    step = span.parent_span_id
    for _ in spans:
        if step == root.span_id:
            return True
        step = parents.get(step or "")
    return False


@given(span_lists(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(spans: list[SpanRecord], random: object) -> None:
    shuffled = list(spans)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert critical_path(build_tree(shuffled)) == critical_path(build_tree(spans))


@given(span_lists())
def test_extents_hold_the_path_of_a_span_and_of_what_is_below_it(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    path = critical_path(tree)
    extents = path_extents(tree, path)
    for segment in path.segments:
        position: int | None = tree.index[segment.span_id]
        while position is not None:
            node = tree.nodes[position]
            start, end = max(segment.start_ns, node.start_ns), min(segment.end_ns, node.end_ns)
            extent = extents[position]
            if start < end:
                assert extent is not None
                assert extent[0] <= start < end <= extent[1]
            position = node.parent


def test_a_span_that_nothing_waited_for_has_no_extent() -> None:
    tree = build_tree(
        [make_span("root", None, 0, 10), make_span("short", "root", 1, 5), make_span("long", "root", 2, 10)]
    )
    assert path_extents(tree, critical_path(tree)) == [(0, 10), None, (2, 10)]
