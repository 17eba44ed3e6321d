from __future__ import annotations

from hypothesis import given

from collector.analysis.idle import idle_gaps, work_stretches
from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def test_a_long_wait_between_calls_is_a_gap() -> None:
    spans = [
        make_span("a", None, 0, 1000, kind="agent"),
        make_span("b", "a", 0, 20, kind="llm"),
        make_span("c", "a", 30, 50, kind="tool"),
        make_span("d", "a", 980, 1000, kind="llm"),
    ]
    tree = build_tree(spans)
    assert work_stretches(tree) == ((0, 50), (980, 1000))
    assert idle_gaps(tree) == ((50, 980),)


def test_a_call_is_work_whatever_its_children_do() -> None:
    tree = build_tree([make_span("a", None, 0, 1000, kind="tool"), make_span("b", "a", 0, 1)])
    assert idle_gaps(tree) == ()


def test_waiting_before_the_first_and_after_the_last_call_counts() -> None:
    tree = build_tree([make_span("a", None, 0, 1000, kind="agent"), make_span("b", "a", 400, 500, kind="llm")])
    assert idle_gaps(tree) == ((0, 400), (500, 1000))


@given(span_lists())
def test_no_innermost_span_lies_in_a_gap(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    for start_ns, end_ns in idle_gaps(tree):
        assert tree.start_ns <= start_ns < end_ns <= tree.end_ns
        assert not [n for n in tree.nodes if not n.children and n.start_ns < end_ns and n.end_ns > start_ns]
