from __future__ import annotations

import pytest
from hypothesis import given

from collector.analysis.critical_path import critical_path
from collector.analysis.tree import build_tree
from collector.analysis.waiting import waiting_on
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def waits(*spans: SpanRecord) -> dict[tuple[str, str], tuple[int, int]]:
    tree = build_tree(spans)
    return {
        (waiting.kind, waiting.name): (waiting.time_ns, waiting.calls)
        for waiting in waiting_on(tree, critical_path(tree))
    }


def test_the_request_inside_a_tool_is_the_tools_time() -> None:
    assert waits(
        make_span("w", None, 0, 10, kind="workflow", name="support"),
        make_span("t", "w", 1, 9, kind="tool", name="execute_tool search", tool_name="search"),
        make_span("h", "t", 2, 8, name="http.post"),
    ) == {("workflow", "support"): (2, 1), ("tool", "search"): (8, 1)}


def test_a_model_call_inside_a_tool_is_the_models_time() -> None:
    assert waits(
        make_span("t", None, 0, 10, kind="tool", name="ask"),
        make_span("l", "t", 1, 9, kind="llm", name="chat"),
        make_span("h", "l", 2, 8, name="POST"),
    ) == {("tool", "ask"): (2, 1), ("llm", "chat"): (8, 1)}


def test_a_wrapper_and_the_model_call_within_it_are_one_call() -> None:
    assert waits(
        make_span("outer", None, 0, 10, kind="llm", name="completion"),
        make_span("inner", "outer", 1, 9, kind="llm", name="chat"),
    ) == {("llm", "completion"): (10, 1)}


def test_an_agent_inside_a_tool_starts_anew() -> None:
    assert waits(
        make_span("t", None, 0, 10, kind="tool", name="delegate"),
        make_span("a", "t", 1, 9, kind="agent", name="expert"),
        make_span("u", "a", 2, 8, kind="tool", name="search"),
    ) == {("tool", "delegate"): (2, 1), ("agent", "expert"): (2, 1), ("tool", "search"): (6, 1)}


def test_calls_of_one_name_are_counted_and_the_longest_wait_comes_first() -> None:
    tree = build_tree(
        [
            make_span("w", None, 0, 10, kind="workflow", name="support"),
            make_span("1", "w", 0, 3, kind="tool", name="search"),
            make_span("2", "w", 3, 7, kind="tool", name="search"),
            make_span("3", "w", 7, 10, kind="llm", name="chat"),
        ]
    )
    longest = waiting_on(tree, critical_path(tree))[0]
    assert (longest.name, longest.time_ns, longest.calls) == ("search", 7, 2)
    assert longest.share == pytest.approx(0.7)


@given(span_lists())
def test_shares_never_pass_the_whole(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    path = critical_path(tree)
    waitings = waiting_on(tree, path)
    assert sum(waiting.time_ns for waiting in waitings) + path.idle_ns == tree.duration_ns
    assert sum(waiting.share for waiting in waitings) <= 1 + 1e-9
