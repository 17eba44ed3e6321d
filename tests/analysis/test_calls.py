from __future__ import annotations

from hypothesis import given

from collector.analysis.calls import agents_above, model_calls
from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def named(spans: list[SpanRecord]) -> list[tuple[str, str | None, str | None]]:
    tree = build_tree(spans)

    def name(position: int | None) -> str | None:
        return None if position is None else tree.nodes[position].span.span_id

    return [(str(name(call.position)), name(call.agent), name(call.previous)) for call in model_calls(tree)]


def test_a_call_continues_the_one_that_the_same_agent_made_before() -> None:
    spans = [
        make_span("root", kind="workflow", end=99),
        make_span("a", "root", 1, 50, kind="agent"),
        make_span("b", "root", 2, 50, kind="agent"),
        make_span("a1", "a", 3, 4, kind="llm"),
        make_span("b1", "b", 5, 6, kind="llm"),
        make_span("a2", "a", 7, 8, kind="llm"),
        make_span("free", "root", 9, 10, kind="llm"),
    ]
    assert named(spans) == [("a1", "a", None), ("b1", "b", None), ("a2", "a", "a1"), ("free", None, None)]


def test_a_wrapper_and_its_call_are_one_call() -> None:
    spans = [make_span("outer", kind="llm", end=9), make_span("inner", "outer", 1, 8, kind="llm")]
    assert [name for name, _, _ in named(spans)] == ["inner"]


def test_what_a_second_instrumentation_tells_is_left_out() -> None:
    spans = [
        make_span("one", kind="llm", end=9, counted=True),
        make_span("two", kind="llm", end=9, excluded_reason="twin", excluded_by="one"),
        make_span("far", start=10, kind="llm", end=19, excluded_reason="twin", excluded_by="elsewhere"),
    ]
    assert [name for name, _, _ in named(spans)] == ["one", "far"]


@given(span_lists())
def test_calls_come_by_start_and_continue_earlier_ones_of_their_agent(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    found = model_calls(tree)
    assert [tree.nodes[c.position].start_ns for c in found] == sorted(tree.nodes[c.position].start_ns for c in found)
    by_position = {call.position: call for call in found}
    for call in found:
        assert tree.nodes[call.position].span.kind == "llm"
        if call.previous is not None:
            assert by_position[call.previous].agent == call.agent
    for position, agent in enumerate(agents_above(tree)):
        assert agent is None or (tree.nodes[agent].span.kind == "agent" and agent < position)
