from __future__ import annotations

from collector.analysis.critical_path import critical_path
from collector.analysis.failures import failed_steps, opening_span
from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span

WORKFLOW = make_span("w", None, 0, 10, kind="workflow", status="error")


def failed(*spans: SpanRecord) -> list[str]:
    tree = build_tree(spans)
    return [tree.nodes[position].span.span_id for position in failed_steps(tree)]


def opens_on(*spans: SpanRecord) -> str | None:
    tree = build_tree(spans)
    return opening_span(tree, critical_path(tree))


def test_a_failed_tool_counts_once_whatever_failed_around_it() -> None:
    assert failed(
        WORKFLOW,
        make_span("a", "w", 1, 9, kind="agent", status="error"),
        make_span("t", "a", 2, 8, kind="tool", status="error"),
        make_span("h", "t", 3, 7, status="error"),
    ) == ["t"]


def test_a_failed_request_inside_a_tool_that_coped_counts_itself() -> None:
    assert failed(make_span("t", None, 0, 9, kind="tool"), make_span("h", "t", 3, 7, status="error")) == ["h"]


def test_failures_come_by_time() -> None:
    assert failed(
        make_span("w", None, 0, 10, kind="workflow"),
        make_span("late", "w", 5, 6, kind="tool", status="error"),
        make_span("early", "w", 1, 2, kind="llm", status="error"),
    ) == ["early", "late"]


def test_a_workflow_that_failed_by_itself_is_the_failure() -> None:
    assert failed(WORKFLOW, make_span("t", "w", 2, 8, kind="tool")) == ["w"]


def test_a_trace_opens_on_its_first_failure() -> None:
    assert (
        opens_on(
            make_span("w", None, 0, 10, kind="workflow"),
            make_span("slow", "w", 0, 9, kind="llm"),
            make_span("bad", "w", 9, 10, kind="tool", status="error"),
        )
        == "bad"
    )


def test_a_trace_without_failures_opens_where_most_time_went() -> None:
    assert (
        opens_on(
            make_span("w", None, 0, 10, kind="workflow"),
            make_span("slow", "w", 1, 9, kind="llm"),
            make_span("beside", "w", 1, 8, kind="tool"),
        )
        == "slow"
    )


def test_no_spans_open_nothing() -> None:
    assert opens_on() is None
