from __future__ import annotations

from hypothesis import given

from collector.analysis.audit import Audit, audit
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists


def codes(found: Audit) -> list[tuple[str, str]]:
    return [(warning.code, warning.span_id) for warning in found.warnings]


def call(span_id: str, parent: str | None = None, input_tokens: int | None = 10, **known: object) -> SpanRecord:
    usual = {"kind": "llm", "counted": input_tokens is not None, "cost_usd": 0.5, "request_model": "gpt-5"}
    tokens = {"input_tokens": input_tokens, "output_tokens": None if input_tokens is None else 1}
    if input_tokens is None:
        usual["cost_usd"] = None
    return make_span(span_id, parent, **(usual | tokens | known))


def test_what_is_counted_and_what_was_reported_are_told_apart() -> None:
    agent = call("a", kind="agent", counted=False, excluded_reason="counted_in_descendant", excluded_by="b")
    found = audit([agent, call("b", "a"), make_span("c", "a")])
    assert (found.counted.input_tokens, found.reported.input_tokens) == (10, 20)
    assert (found.counted.cost_usd, found.reported.cost_usd) == (0.5, 1.0)
    assert [(line.span_id, line.counted, line.counted_instead) for line in found.lines] == [
        ("a", False, "b"),
        ("b", True, None),
    ]
    assert "further down" in found.lines[0].why
    assert found.warnings == ()


def test_an_agents_total_that_differs_from_its_calls_is_told() -> None:
    agent = call("a", None, 25, kind="agent", counted=False, excluded_reason="counted_in_descendant", excluded_by="b")
    found = audit([agent, call("b", "a"), call("c", "b2"), call("d", "a")])
    assert codes(found) == [("totals_differ", "a")]
    assert "25 input tokens against 20" in found.warnings[0].message


def test_a_call_that_succeeded_without_usage_is_told() -> None:
    found = audit([call("a", None, None, time_to_first_token_ms=3.0), call("b", None, None, status="error")])
    assert codes(found) == [("usage_missing", "a")]
    assert "streamed" in found.warnings[0].message
    assert [line.span_id for line in found.lines] == ["a"]
    assert found.counted.input_tokens is None


def test_a_call_that_is_reported_later_misses_nothing() -> None:
    request = call("a", None, None, excluded_reason="reported_later", excluded_by="b")
    assert codes(audit([request, call("b")])) == []


def test_a_wrapper_of_a_call_misses_nothing() -> None:
    assert codes(audit([call("a", None, None), call("b", "a")])) == []
    assert codes(audit([call("a", None, None), call("b", "a", None)])) == [("usage_missing", "b")]


def test_a_call_whose_usage_stands_elsewhere_misses_nothing() -> None:
    counted_agent = call("a", kind="agent")
    assert codes(audit([counted_agent, call("b", "a", None)])) == []
    assert codes(audit([call("a", response_id="r"), call("b", None, None, response_id="r")])) == []


def test_a_counted_call_without_a_price_is_told_with_its_model() -> None:
    found = audit([call("a", cost_usd=None), call("b", cost_usd=None, request_model=None)])
    assert codes(found) == [("unpriced", "a"), ("unpriced", "b")]
    assert "gpt-5" in found.warnings[0].message


def test_a_pending_call_is_not_missed_yet() -> None:
    assert codes(audit([call("a", None, None, pending=True)])) == []


@given(span_lists())
def test_any_spans_can_be_audited(spans: list[SpanRecord]) -> None:
    found = audit(spans)
    assert {line.span_id for line in found.lines} <= {span.span_id for span in spans}
    assert found.counted.input_tokens is None
