from __future__ import annotations

from typing import Any

from hypothesis import given

from collector.analysis.alignment import align
from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists

Steps = dict[str, Any]


def spans(steps: Steps, prefix: str = "") -> list[SpanRecord]:
    """A trace from nested names: {"root": {"agent": {"tool:search": {}}}}; a name may begin with its kind."""
    made: list[SpanRecord] = []

    def add(inner: Steps, parent: str | None) -> None:
        for name, below in inner.items():
            kind, _, rest = name.partition(":") if ":" in name else ("other", "", name)
            span_id = f"{prefix}{len(made)}"
            known = {"request_model": rest.split()[-1]} if kind == "llm" and " " in rest else {}
            made.append(make_span(span_id, parent, len(made), len(made) + 1, kind=kind, name=rest.rstrip("'"), **known))
            add(below, span_id)

    add(steps, None)
    return made


def aligned(a: Steps, b: Steps) -> list[tuple[str | None, str | None]]:
    left, right = build_tree(spans(a)), build_tree(spans(b))
    return [
        (
            None if pair.a is None else left.nodes[pair.a].span.name,
            None if pair.b is None else right.nodes[pair.b].span.name,
        )
        for pair in align(left, right)
    ]


def test_an_inserted_and_a_removed_step_leave_the_others_together() -> None:
    a = {"run": {"plan": {}, "search": {"http": {}}, "tool:check": {}, "answer": {}}}
    b = {"run": {"plan": {}, "llm:think": {}, "search": {"http": {}}, "answer": {}}}
    assert aligned(a, b) == [
        ("run", "run"),
        ("plan", "plan"),
        (None, "think"),
        ("search", "search"),
        ("http", "http"),
        ("check", None),
        ("answer", "answer"),
    ]


def test_retries_stand_behind_the_first_try() -> None:
    a = {"run": {"plan": {}, "search": {}, "rank": {}}}
    b = {"run": {"plan": {}, "search": {}, "revise": {}, "search'": {}, "rank": {}}}
    assert aligned(a, b)[2:] == [("search", "search"), (None, "revise"), (None, "search"), ("rank", "rank")]


def test_another_model_is_the_same_step() -> None:
    assert aligned({"run": {"llm:chat gpt-5": {}}}, {"run": {"llm:chat o3": {}}})[1] == ("chat gpt-5", "chat o3")


def test_one_renamed_level_keeps_what_is_inside_it_together() -> None:
    a = {"run": {"agent:worker": {"plan": {}, "search": {}}, "end": {}}}
    b = {"run": {"agent:checker": {"verify": {}}, "agent:worker_v2": {"plan": {}, "search": {}}, "end": {}}}
    assert aligned(a, b)[1:] == [
        (None, "checker"),
        (None, "verify"),
        ("worker", "worker_v2"),
        ("plan", "plan"),
        ("search", "search"),
        ("end", "end"),
    ]


def test_a_renamed_tool_between_equal_steps_is_the_same_step() -> None:
    a = {"run": {"plan": {}, "tool:search": {}, "end": {}}}
    b = {"run": {"plan": {}, "tool:web_search": {}, "end": {}}}
    assert aligned(a, b)[2] == ("search", "web_search")


def test_a_step_of_another_kind_is_another_step() -> None:
    assert aligned({"run": {"tool:look": {}}}, {"run": {"llm:look": {}}})[1:] == [("look", None), (None, "look")]


def test_calls_side_by_side_belong_together_in_any_order() -> None:
    assert aligned({"run": {"x": {}, "y": {}}}, {"run": {"y": {}, "x": {}}})[1:] in (
        [("x", "x"), ("y", "y")],
        [("y", "y"), ("x", "x")],
    )


def test_the_only_roots_belong_together_whatever_they_are() -> None:
    assert aligned({"workflow:old": {"x": {}}}, {"agent:new": {"x": {}}}) == [("old", "new"), ("x", "x")]


def test_no_trace_and_a_trace_have_nothing_in_common() -> None:
    assert align(build_tree([]), build_tree(spans({"x": {}})))[0].a is None


@given(span_lists(), span_lists())
def test_every_span_of_both_stands_exactly_once(a: list[SpanRecord], b: list[SpanRecord]) -> None:
    left, right = build_tree(a), build_tree(b)
    pairs = align(left, right)
    assert sorted(pair.a for pair in pairs if pair.a is not None) == list(range(len(left.nodes)))
    assert sorted(pair.b for pair in pairs if pair.b is not None) == list(range(len(right.nodes)))


@given(span_lists(), span_lists())
def test_parents_of_a_pair_are_a_pair(a: list[SpanRecord], b: list[SpanRecord]) -> None:
    left, right = build_tree(a), build_tree(b)
    pairs = align(left, right)
    for at, pair in enumerate(pairs):
        above = None if pair.parent is None else pairs[pair.parent]
        assert pair.parent is None or pair.parent < at
        if pair.a is not None:
            assert left.nodes[pair.a].parent == (None if above is None else above.a)
        if pair.b is not None:
            assert right.nodes[pair.b].parent == (None if above is None else above.b)


@given(span_lists(), span_lists())
def test_turned_round_the_pairs_are_turned_round(a: list[SpanRecord], b: list[SpanRecord]) -> None:
    left, right = build_tree(a), build_tree(b)
    assert {(p.a, p.b) for p in align(left, right)} == {(p.b, p.a) for p in align(right, left)}


@given(span_lists())
def test_a_trace_is_its_own_counterpart(a: list[SpanRecord]) -> None:
    tree = build_tree(a)
    assert [(pair.a, pair.b) for pair in align(tree, tree)] == [(at, at) for at in range(len(tree.nodes))]


def test_a_chain_of_five_thousand_spans_is_aligned() -> None:
    chain = build_tree([make_span(str(at), str(at - 1) if at else None, at, 9_000) for at in range(5_000)])
    assert all(pair.a == pair.b for pair in align(chain, chain))
