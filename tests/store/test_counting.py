from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.store import counting
from collector.store.counting import decide_counted
from collector.store.rows import SpanRow
from tests.store.rows import llm, span, span_id


def counted(*spans: SpanRow) -> list[int]:
    decide_counted(spans)
    return [int(s.span_id, 16) for s in spans if s.counted]


def test_a_call_with_usage_counts() -> None:
    assert counted(span(1), llm(2)) == [2]


def test_an_agents_total_is_counted_in_its_calls() -> None:
    agent = span(1, kind="agent", input_tokens=30, output_tokens=15)
    assert counted(agent, llm(2), span(3, parent=1), llm(4, parent=3)) == [2, 4]
    assert (agent.excluded_reason, agent.excluded_by) == ("counted_in_descendant", span_id(2))


def test_an_agents_total_counts_when_its_calls_say_nothing() -> None:
    assert counted(span(1, kind="agent", input_tokens=30), llm(2, None, None)) == [1]


def test_a_wrapper_and_the_providers_own_span_count_once_as_the_inner_one() -> None:
    assert counted(span(1), llm(2, response_id="r"), llm(3, parent=2, response_id="r")) == [3]


def test_siblings_with_one_response_id_count_once_as_the_one_that_began_last() -> None:
    outer, inner = llm(2, response_id="r", start_s=2), llm(3, 10, 6, response_id="r", start_s=2.1)
    assert counted(span(1), outer, inner) == [3]
    assert (outer.excluded_reason, outer.excluded_by) == ("same_response", span_id(3))


def test_equal_responses_in_different_calls_both_count() -> None:
    assert counted(span(1), llm(2, response_id="a"), llm(3, response_id="b")) == [2, 3]


def test_twins_of_two_instrumentations_count_once() -> None:
    outer, inner = llm(2, scope="a", start_s=2, end_s=4), llm(3, scope="b", start_s=2.5, end_s=3.5)
    assert counted(span(1), outer, inner) == [3]
    assert (outer.excluded_reason, outer.excluded_by) == ("twin", span_id(3))


def streamed(request_s: float, moment_s: float, asked: str = "hi", first: int = 2) -> tuple[SpanRow, SpanRow]:
    """A request, and the moment in which its stream was over."""
    told = {"scope": "logfire.openai", "request_model": "m", "input_preview": asked}
    request = llm(first, None, None, start_s=request_s, end_s=request_s + 0.1, **told)
    return request, llm(first + 1, start_s=moment_s, end_s=moment_s, output_preview="hello", **told)


def test_a_streamed_call_that_comes_as_two_spans_is_the_one_that_tells_how_it_ended() -> None:
    request, moment = streamed(2, 4)
    assert counted(span(1), request, moment) == [3]
    assert (request.excluded_reason, request.excluded_by) == ("reported_later", moment.span_id)


def test_each_streamed_call_has_a_request_of_its_own() -> None:
    spans = (*streamed(2, 5), *streamed(3, 6, first=4))
    assert counted(span(1), *spans) == [3, 5]
    assert [s.excluded_by for s in spans] == [span_id(5), None, span_id(3), None]


@pytest.mark.parametrize(
    "request_",
    [
        streamed(5, 4)[0],
        streamed(2, 4, "something else")[0],
        llm(2, None, None, scope="another", request_model="m", input_preview="hi"),
        llm(2, None, None, scope="logfire.openai", request_model="m", input_preview="hi", output_preview="hello"),
        llm(2, None, None, scope="logfire.openai", request_model="m", input_preview="hi", status="error"),
    ],
    ids=["later", "another question", "another scope", "answered", "failed"],
)
def test_other_calls_without_usage_stay_calls(request_: SpanRow) -> None:
    assert counted(span(1), request_, streamed(2, 4)[1]) == [3]
    assert request_.excluded_reason is None


def test_equal_calls_one_after_the_other_are_no_twins() -> None:
    assert counted(span(1), llm(2, scope="a"), llm(3, scope="b")) == [2, 3]


def test_parallel_equal_calls_of_one_instrumentation_are_no_twins() -> None:
    assert counted(span(1), llm(2, scope="a", start_s=2, end_s=4), llm(3, scope="a", start_s=2.5, end_s=3.5)) == [2, 3]


def test_a_long_loop_of_equal_calls_is_not_compared_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    are_twins = counting._are_twins

    def counted_comparison(inner: SpanRow, outer: SpanRow) -> bool:
        nonlocal compared
        compared += 1
        return are_twins(inner, outer)

    monkeypatch.setattr(counting, "_are_twins", counted_comparison)
    calls = [llm(number, start_s=2 * number, scope="ab"[number % 2]) for number in range(2, 1_002)]
    assert len(counted(span(1), *calls)) == 1_000
    assert compared < 2_000


def test_a_pending_span_never_counts() -> None:
    pending = llm(2, pending=True)
    assert counted(span(1), pending) == []
    assert pending.excluded_reason == "pending"


def test_a_span_without_usage_is_not_counted_and_needs_no_reason() -> None:
    silent = llm(2, None, None)
    assert counted(silent) == []
    assert silent.excluded_reason is None


def test_money_without_tokens_counts() -> None:
    assert counted(span(1, kind="tool", cost_nusd=5)) == [1]


def test_a_cycle_of_parents_ends() -> None:
    assert counted(llm(1, parent=2), llm(2, parent=1)) == []


def test_only_changed_decisions_are_returned() -> None:
    spans = [span(1), llm(2)]
    assert decide_counted(spans) == [spans[1]]
    assert decide_counted(spans) == []


@st.composite
def traces(draw: st.DrawFn) -> list[SpanRow]:
    """Random trees of spans with and without usage, response ids and scopes."""
    size = draw(st.integers(1, 12))
    tokens = st.one_of(st.none(), st.integers(0, 3))
    return [
        llm(
            number,
            draw(tokens),
            draw(tokens),
            parent=None if number == 1 else draw(st.integers(1, number - 1)),
            start_s=draw(st.integers(0, 5)),
            end_s=draw(st.integers(5, 9)),
            scope=draw(st.sampled_from(["a", "b"])),
            response_id=draw(st.sampled_from([None, "r", "s"])),
        )
        for number in range(1, size + 1)
    ]


@given(traces(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_decision(spans: list[SpanRow], chance: random.Random) -> None:
    decide_counted(spans)
    before = {s.span_id: (s.counted, s.excluded_reason, s.excluded_by) for s in spans}
    chance.shuffle(spans)
    assert decide_counted(spans) == []
    assert before == {s.span_id: (s.counted, s.excluded_reason, s.excluded_by) for s in spans}


@given(traces())
def test_no_counted_span_lies_below_another(spans: list[SpanRow]) -> None:
    decide_counted(spans)
    parents = {s.span_id: s.parent_span_id for s in spans}
    counted_ids = {s.span_id for s in spans if s.counted}
    for above in counted_ids:
        at = parents[above]
        while at:
            assert at not in counted_ids
            at = parents[at]


@given(traces())
def test_who_is_excluded_for_another_names_one(spans: list[SpanRow]) -> None:
    decide_counted(spans)
    ids = {s.span_id for s in spans}
    for s in spans:
        if s.excluded_reason:
            assert not s.counted
            assert s.excluded_by in ids - {s.span_id}
