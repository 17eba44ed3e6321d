from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.arguments import Change, changes, named
from collector.analysis.loops import loops, scattered
from collector.analysis.steps import Call, Comparison, Step, compare, has_steps, repeated, steps
from collector.analysis.tree import build_tree
from collector.analysis.waiting import CALLS, step_positions
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists

AGENT = make_span("agent", kind="agent", end=1000, agent_name="helper")


def llm(span_id: str, start: int, tokens: int = 10, **known: object) -> SpanRecord:
    return make_span(
        span_id, "agent", start, start + 5, kind="llm", input_tokens=tokens, output_tokens=1, counted=True, **known
    )


def tool(span_id: str, start: int, name: str = "search", parent: str = "agent", **known: object) -> SpanRecord:
    return make_span(span_id, parent, start, start + 5, kind="tool", tool_name=name, **known)


def found(*spans: SpanRecord) -> tuple[Step, ...]:
    return steps(build_tree([AGENT, *spans]))


def test_a_step_is_an_action_with_the_call_that_decided_it() -> None:
    one, two = found(llm("m1", 0, cost_usd=0.5), tool("t1", 10), llm("m2", 20))
    assert (one.number, one.span_id, one.decided_by, one.name, one.agent) == (1, "t1", "m1", "search", "helper")
    assert (one.tokens, one.cost_usd, one.unpriced, one.duration_ms) == (11, 0.5, 0, 15 / 1e6)
    assert (two.span_id, two.decided_by, two.is_action, two.cost_usd, two.unpriced) == ("m2", None, False, None, 1)


def test_of_several_actions_only_the_first_has_the_model_calls_tokens() -> None:
    one, two = found(llm("m1", 0), tool("t1", 10), tool("t2", 10))
    assert [(step.span_id, step.decided_by, step.tokens) for step in (one, two)] == [
        ("t1", "m1", 11),
        ("t2", None, None),
    ]


def test_what_happens_inside_a_tool_belongs_to_it() -> None:
    inner = make_span("http", "t1", 11, 14, kind="tool", status="error")
    assert [step.span_id for step in found(tool("t1", 10), inner)] == ["t1"]


def test_the_same_call_is_known_again_whatever_the_spacing() -> None:
    rows = found(*(tool(f"t{n}", n * 10) for n in range(3)))
    calls = {"t0": Call('{"q": "a"}', None), "t1": Call('{"q": "b"}', None), "t2": Call('{"q":"a"}', None)}
    first, second, third = compare(rows, calls)
    assert (first.same_as, first.changed) == (None, None)
    assert second.changed == (Change("q", "a", "b"),)
    assert (third.same_as, third.changed) == (1, (Change("q", "b", "a"),))


def test_unknown_arguments_are_the_same_as_nothing() -> None:
    rows = found(*(tool(f"t{n}", n * 10) for n in range(5)))
    assert {result.same_as for result in compare(rows, {})} == {None}
    assert loops(rows, {}) == ()


def test_arguments_that_are_no_object_are_compared_whole() -> None:
    assert changes("a", "b") == (Change("", "a", "b"),)
    assert changes('{"q": 1, "old": []}', '{"q": 1, "new": "x"}') == (
        Change("new", None, "x"),
        Change("old", "[]", None),
    )
    assert named("[1]") == {"": "[1]"}


def looped(*called: tuple[str, str], **known: object) -> list[tuple[str, tuple[int, ...], bool]]:
    """`called`: tool and arguments; a model call stands before each."""
    spans, calls = [], {}
    for number, (name, arguments) in enumerate(called):
        spans += [llm(f"m{number}", number * 20), tool(f"t{number}", number * 20 + 10, name, **known)]
        calls[f"t{number}"] = Call(arguments, None)
    return [(loop.kind, loop.numbers, loop.is_end) for loop in loops(found(*spans, llm("answer", 900)), calls)]


def test_the_same_call_three_times_in_a_row_is_a_loop() -> None:
    assert looped(("a", "1"), ("b", "1"), ("b", "1"), ("b", "1")) == [("same", (2, 3, 4), True)]
    assert looped(("b", "1"), ("b", "1"), ("b", "1"), ("a", "1")) == [("same", (1, 2, 3), False)]
    assert looped(("b", "1"), ("b", "1"), ("b", "2")) == []


def test_two_calls_in_turn_are_a_loop() -> None:
    assert looped(("x", "0"), ("a", "1"), ("b", "1"), ("a", "1"), ("b", "1")) == [("alternating", (2, 3, 4, 5), True)]
    assert looped(("a", "1"), ("b", "1"), ("a", "1"), ("b", "2")) == []


def test_a_tool_that_keeps_failing_is_told_unless_it_is_the_same_call() -> None:
    other = [("a", str(number)) for number in range(3)]
    assert looped(*other, status="error") == [("failing", (1, 2, 3), True)]
    assert looped(*other, returned_error="no") == [("failing", (1, 2, 3), True)]
    assert looped(("a", "1"), ("a", "1"), ("a", "1"), status="error") == [("same", (1, 2, 3), True)]


@given(span_lists())
def test_every_call_is_in_exactly_one_step_and_sums_stay_whole(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    rows = steps(tree)
    owners = step_positions(tree)
    expected = [n.span.span_id for at, n in enumerate(tree.nodes) if owners[at] == at and n.span.kind in CALLS]
    in_steps = [span_id for row in rows for span_id in (row.span_id, row.decided_by) if span_id]
    assert sorted(in_steps) == sorted(expected)
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert has_steps(spans) == bool(rows) or not has_steps([node.span for node in tree.nodes])


@given(span_lists(), st.integers(1, 5))
def test_tokens_of_steps_add_up_to_those_counted_in_them(spans: list[SpanRecord], tokens: int) -> None:
    told = [make_span(s.span_id, s.parent_span_id, s.start_ns, s.end_ns, kind=s.kind, counted=s.kind == "llm",
                      input_tokens=tokens if s.kind == "llm" else None) for s in spans]  # fmt: skip
    tree = build_tree(told)
    assert sum(row.tokens or 0 for row in steps(tree)) == tokens * sum(n.span.kind == "llm" for n in tree.nodes)


CALLED = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12")), max_size=8)


@given(CALLED)
def test_a_comparison_never_points_forward(called: list[tuple[str, str]]) -> None:
    spans = [tool(f"t{number}", number * 10, name) for number, (name, _) in enumerate(called)]
    calls = {f"t{number}": Call(arguments, None) for number, (_, arguments) in enumerate(called)}
    rows = found(*spans)
    for row, result in zip(rows, compare(rows, calls), strict=True):
        if result.same_as is None:
            assert called[row.number - 1] not in called[: row.number - 1]
        else:
            assert called[result.same_as - 1] == called[row.number - 1]
            assert result.same_as < row.number


def test_calls_repeated_here_and_there_are_told_once() -> None:
    rows = found(*(tool(f"t{at}", 10 * at, name="other" if at % 2 else "search") for at in range(6)))
    calls = {f"t{at}": Call("same" if at % 2 == 0 else str(at), None) for at in range(6)}
    told = loops(rows, calls)
    assert told == ()
    (again,) = scattered(rows, calls, told)
    assert (again.names, again.numbers, again.is_end) == (("search",), (1, 3, 5), False)
    assert scattered(rows, calls, (again,)) == ()


def test_an_equal_call_before_the_shown_ones_is_named() -> None:
    rows = found(*(tool(f"t{at}", 10 * at) for at in range(4)))
    hashes = {"t0": "a", "t1": "b", "t2": "b", "t3": "c"}
    unknown = (Comparison(None, None),) * 2
    assert [told.same_as for told in repeated(unknown, rows[2:], rows, hashes)] == [2, None]
    assert repeated((), (), rows, hashes) == ()
