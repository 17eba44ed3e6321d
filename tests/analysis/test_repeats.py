from __future__ import annotations

from hypothesis import given

from collector.analysis.repeats import FEWEST, repeats
from collector.analysis.tree import Tree, build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def test_a_run_of_one_call_is_one_repeat_with_its_failures() -> None:
    calls = [
        make_span(f"b{number}", "a", number, number + 1, kind="tool", name="search", status="error" if number else "ok")
        for number in range(4)
    ]
    tree = build_tree([make_span("a", None, 0, 9), *calls, make_span("c", "a", 7, 8, kind="llm")])
    [repeat] = repeats(tree)
    assert [tree.nodes[position].span.span_id for position in repeat.positions] == ["b0", "b1", "b2", "b3"]
    assert repeat.failed == 3


def test_another_call_between_parts_a_run() -> None:
    names = ["search", "search", "ask", "search", "search"]
    calls = [make_span(f"b{at}", "a", at, at + 1, kind="tool", name=name) for at, name in enumerate(names)]
    assert repeats(build_tree([make_span("a", None, 0, 9), *calls])) == ()


def test_a_tool_is_known_by_its_own_name() -> None:
    calls = [
        make_span(f"b{at}", "a", at, at + 1, kind="tool", name=f"execute {at}", tool_name="search") for at in range(3)
    ]
    assert len(repeats(build_tree([make_span("a", None, 0, 9), *calls]))) == 1


def test_what_is_hidden_neither_counts_nor_parts() -> None:
    calls = [make_span(f"b{at}", "a", at, at + 1, kind="tool", name="x" if at != 2 else "y") for at in range(5)]
    tree = build_tree([make_span("a", None, 0, 9), *calls])
    [repeat] = repeats(tree, hidden={tree.index["b2"]})
    assert len(repeat.positions) == 4


def in_turn(names: list[str], failing: int | None = None) -> Tree:
    calls = [
        make_span(f"b{at:02}", "a", at, at + 1, kind="tool", name=name, status="error" if at == failing else "ok")
        for at, name in enumerate(names)
    ]
    return build_tree([make_span("a", None, 0, 99), *calls])


def test_two_calls_in_turn_are_one_repeat_of_whole_rounds() -> None:
    [repeat] = repeats(in_turn(["plan", *["ask", "search"] * 3, "ask", "end"], failing=2))
    assert (repeat.period, repeat.times, repeat.failed) == (2, 3, 1)
    assert len(repeat.positions) == 6


def test_two_rounds_are_no_repeat() -> None:
    assert repeats(in_turn(["ask", "search"] * 2)) == ()


@given(span_lists())
def test_repeats_are_disjoint_siblings_of_one_or_two_kinds_and_names(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    seen: set[int] = set()
    for repeat in repeats(tree):
        nodes = [tree.nodes[position] for position in repeat.positions]
        assert len(nodes) >= FEWEST * repeat.period
        for turn in range(repeat.period):
            same = nodes[turn :: repeat.period]
            assert len({(node.parent, node.span.kind, node.span.name) for node in same}) == 1
        assert seen.isdisjoint(repeat.positions)
        seen.update(repeat.positions)
