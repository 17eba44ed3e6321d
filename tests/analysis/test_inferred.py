from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.inferred import SDK_SCOPE, Located, infer_parents
from tests.analysis.spans import make_span


def sent(span_id: str, start: int, end: int | None, *, resource: str = "r", **known: Any) -> Located:
    return Located(make_span(span_id, start=start, end=end, **{"scope": SDK_SCOPE, **known}), resource)


def test_the_shortest_span_around_a_parentless_one_is_its_parent() -> None:
    spans = [sent("flow", 0, 100), sent("agent", 10, 90), sent("tool", 20, 30), sent("call", 40, 50)]
    assert infer_parents(spans) == {"agent": "flow", "tool": "agent", "call": "agent"}


def test_a_call_of_another_instrumentation_finds_its_place_but_is_none_itself() -> None:
    spans = [sent("agent", 0, 100), sent("openai.chat", 10, 90, scope="openai"), sent("tool", 20, 30)]
    assert infer_parents(spans) == {"openai.chat": "agent", "tool": "agent"}


def test_where_concurrent_runs_overlap_nobody_can_say() -> None:
    spans = [sent("one", 0, 60), sent("other", 10, 100), sent("call", 20, 30), sent("late", 70, 80)]
    assert infer_parents(spans) == {"late": "other"}


def test_spans_of_another_process_are_no_place() -> None:
    assert infer_parents([sent("flow", 0, 100), sent("agent", 10, 90, resource="another")]) == {}


def test_a_span_with_a_parent_keeps_it() -> None:
    assert infer_parents([sent("flow", 0, 100), sent("agent", 10, 90, parent_span_id="sent")]) == {}


def test_a_span_that_has_not_ended_contains_nothing() -> None:
    assert infer_parents([sent("flow", 0, None), sent("agent", 10, 90)]) == {}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=12))
def test_inferred_parents_make_no_cycle_and_contain_their_children(times: list[tuple[int, int]]) -> None:
    spans = [sent(str(number), *sorted(pair)) for number, pair in enumerate(times)]
    parents = infer_parents(spans)
    by_id = {located.span.span_id: located.span for located in spans}
    for child_id, parent_id in parents.items():
        child, parent = by_id[child_id], by_id[parent_id]
        assert parent.start_ns <= child.start_ns
        assert (parent.end_ns or 0) >= (child.end_ns or 0)
        seen = {child_id}
        while parent_id in parents:
            assert parent_id not in seen
            seen.add(parent_id)
            parent_id = parents[parent_id]
