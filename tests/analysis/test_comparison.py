from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.changes import content_changes
from collector.analysis.comparison import Comparison, Told, align_spans
from collector.analysis.comparison import compare as compare_aligned
from collector.analysis.contents import Content
from collector.analysis.contributions import NO_SPAN
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists
from tests.conftest import IN_CI

SECOND = 1_000_000_000
EXAMPLES = 300 if IN_CI else 100
FIGURES = ("duration_ns", "path_ns", "tokens", "cost_nusd")


@st.composite
def priced_spans(draw: st.DrawFn) -> list[SpanRecord]:
    """As `span_lists`, with what calls used and cost."""
    usd = st.one_of(st.none(), st.integers(0, 10**12).map(lambda nusd: nusd / 10**9))
    tokens = st.one_of(st.none(), st.integers(0, 1000))
    return [
        replace(
            span,
            name=draw(st.sampled_from(["plan", "search", "answer"])),
            counted=draw(st.booleans()),
            cost_usd=draw(usd),
            input_tokens=draw(tokens),
            output_tokens=draw(tokens),
        )
        for span in draw(span_lists())
    ]


@st.composite
def two_runs(draw: st.DrawFn) -> tuple[list[SpanRecord], list[SpanRecord]]:
    """Any two, or one and what became of it: spans gone, new, moved, longer, dearer, failed, of another model."""
    a = draw(priced_spans())
    if draw(st.booleans()):
        return a, draw(priced_spans())
    b = [_changed(draw, span) for span in a if draw(st.integers(0, 4))]
    return a, [*b, *(replace(span, span_id=f"new{span.span_id}") for span in draw(priced_spans())[:3])]


def _changed(draw: st.DrawFn, span: SpanRecord) -> SpanRecord:
    changes: list[dict[str, object]] = [
        {},
        {"end_ns": None if span.end_ns is None else span.end_ns + draw(st.integers(1, 10**13))},
        {"start_ns": draw(st.integers(0, 10**13))},
        {"cost_usd": draw(st.integers(0, 10**12)) / 10**9, "counted": True},
        {"status": "error"},
        {"request_model": "another"},
        {"name": "renamed"},
    ]
    return replace(span, **draw(st.sampled_from(changes)))  # type: ignore[arg-type]


def llm(span_id: str, start: int, end: int, cost_usd: float | None, **known: object) -> SpanRecord:
    usual = {
        "kind": "llm",
        "name": "chat",
        "counted": True,
        "cost_usd": cost_usd,
        "input_tokens": 10,
        "request_model": "m",
    }
    return make_span(span_id, "run", start * SECOND, end * SECOND, **(usual | known))


def tool(span_id: str, start: int, end: int, **known: object) -> SpanRecord:
    return make_span(span_id, "run", start * SECOND, end * SECOND, **({"kind": "tool", "name": "search"} | known))


def run(*spans: SpanRecord, trace_id: str = "a") -> list[SpanRecord]:
    end = max(span.end_ns or 0 for span in spans)
    root = make_span("run", None, 0, end, kind="workflow", name="run")
    return [replace(span, trace_id=trace_id) for span in (root, *spans)]


BEFORE = run(llm("1", 0, 1, 0.01), tool("2", 1, 2))
AFTER = run(
    llm("1", 0, 1, 0.01),
    tool("2", 1, 3, status="error"),
    llm("3", 3, 4, 0.02, name="revise"),
    tool("4", 4, 5),
    trace_id="b",
)


def compare(a: list[SpanRecord], b: list[SpanRecord], told: Told | None = None) -> Comparison:
    return compare_aligned(align_spans(a, b), told)


def parts(comparison: Comparison) -> dict[str, tuple[int, int, int]]:
    return {part.name: (part.change // SECOND, part.a_calls, part.b_calls) for part in comparison.time}


def test_a_retry_and_a_slower_tool_are_one_step_with_more_calls() -> None:
    comparison = compare(BEFORE, AFTER)
    assert parts(comparison) == {"search": (2, 1, 2), "revise": (1, 0, 1), "chat": (0, 1, 1)}
    assert comparison.duration_change_ns == 3 * SECOND
    assert [(part.name, part.change) for part in comparison.cost] == [("revise", 20_000_000), ("chat", 0)]
    assert (comparison.added, comparison.removed) == (2, 0)


def test_a_failure_parts_them_where_it_happens_and_not_where_its_parent_began() -> None:
    failed = [replace(span, status="error") if span.span_id == "run" else span for span in AFTER]
    comparison = compare(BEFORE, failed)
    assert comparison.first is not None
    assert comparison.nodes[comparison.first].shown.span.name == "search"


def test_a_changed_prompt_parts_them_before_what_follows_from_it() -> None:
    plain = Content(system="Search with plain words.", parameters={}, tools={})
    told = {("1", "1"): tuple(content_changes(plain, replace(plain, system="Search with full sentences.")))}
    comparison = compare(BEFORE, AFTER, told)
    assert comparison.first == 1
    assert [change.what for change in comparison.nodes[1].changes] == ["system"]
    assert comparison.unread == 2


def test_parameters_and_tools_are_told_one_by_one() -> None:
    changes = content_changes(
        Content(parameters={"temperature": 0.2}, tools={"search": "1", "fetch": {"x": 1}}),
        Content(parameters={"temperature": 0.7, "top_p": 1}, tools={"search": "2"}),
    )
    assert [(change.what, change.subject, change.a, change.b) for change in changes] == [
        ("parameters", "temperature", "0.2", "0.7"),
        ("parameters", "top_p", None, "1"),
        ("tools", "fetch", '{"x": 1}', None),
        ("tools", "search", "1", "2"),
    ]


def test_json_with_other_white_space_or_order_says_the_same() -> None:
    a = Content(arguments='{"q": 1, "n": 2}', parameters={}, tools={})
    assert list(content_changes(a, replace(a, arguments='{"n": 2, "q": 1}'))) == []


def test_another_model_is_a_change_of_the_step() -> None:
    swapped = run(llm("1", 0, 1, 0.05, request_model="m2"), tool("2", 1, 2), trace_id="b")
    [change] = compare(BEFORE, swapped).nodes[1].changes
    assert (change.what, change.a, change.b) == ("model", "m", "m2")


def test_an_added_step_parts_them_where_nothing_earlier_does() -> None:
    longer = run(llm("1", 0, 1, 0.01), tool("2", 1, 2), tool("3", 2, 3, name="check"), trace_id="b")
    comparison = compare(BEFORE, longer)
    assert comparison.first is not None
    assert comparison.nodes[comparison.first].a is None


def test_unknown_on_both_sides_stays_unknown() -> None:
    unpriced = run(llm("1", 0, 1, None, input_tokens=None))
    node = compare(unpriced, unpriced).nodes[1]
    assert node.change("cost_nusd") is None
    assert node.change("tokens") is None
    assert node.shown.unpriced == 1


def test_time_without_a_span_is_a_part_of_its_own() -> None:
    apart = [make_span("1", None, 0, SECOND), make_span("2", None, 3 * SECOND, 4 * SECOND)]
    together = [make_span("1", None, 0, SECOND), make_span("2", None, SECOND, 2 * SECOND)]
    [part, *_] = compare(apart, together).time
    assert (part.kind, part.change) == (NO_SPAN, -2 * SECOND)


@settings(max_examples=EXAMPLES)
@given(priced_spans())
def test_a_trace_against_itself_is_all_matched_with_zero_change(spans: list[SpanRecord]) -> None:
    comparison = compare(spans, spans)
    assert all(node.is_matched and not node.changes and not node.is_renamed for node in comparison.nodes)
    assert comparison.first is None
    assert not any(node.change(figure) for node in comparison.nodes for figure in FIGURES)
    assert not any(part.change for part in (*comparison.time, *comparison.cost))


@settings(max_examples=EXAMPLES)
@given(two_runs())
def test_contributions_add_up_to_the_change(runs: tuple[list[SpanRecord], list[SpanRecord]]) -> None:
    a, b = runs
    comparison = compare(a, b)
    assert sum(part.change for part in comparison.time) == comparison.b.duration_ns - comparison.a.duration_ns
    costs = [sum(round(s.cost_usd * 1e9) for s in t if s.counted and s.cost_usd is not None) for t in (a, b)]
    assert comparison.cost_change_nusd == costs[1] - costs[0]
    assert sum(part.a for part in comparison.time) == comparison.a.duration_ns
    assert sum(part.b for part in comparison.time) == comparison.b.duration_ns
    assert sum(part.a for part in comparison.cost) == costs[0]


@settings(max_examples=EXAMPLES)
@given(two_runs())
def test_swapping_the_sides_negates_every_number(runs: tuple[list[SpanRecord], list[SpanRecord]]) -> None:
    a, b = runs
    forward, backward = compare(a, b), compare(b, a)

    def figures(comparison: Comparison, sign: int) -> list[tuple[object, ...]]:
        def negated(value: int | None) -> int | None:
            return None if value is None else sign * value

        told = []
        for node in comparison.nodes:
            sides = [None if side is None else side.span.span_id for side in (node.a, node.b)][::sign]
            changes = [node.self_ns_change, *(node.change(figure) for figure in FIGURES)]
            told.append((*map(str, sides), *(str(negated(change)) for change in changes)))
        return sorted(told)

    assert figures(forward, 1) == figures(backward, -1)
    assert (forward.added, forward.removed) == (backward.removed, backward.added)
    assert (forward.first is None) == (backward.first is None)
    for one, other in ((forward.time, backward.time), (forward.cost, backward.cost)):
        assert sorted((p.kind, p.change) for p in one) == sorted((p.kind, -p.change) for p in other)
