from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given

from collector.store.counting import decide_counted
from collector.store.ledger import COST_FIELDS, QUARTER_NS, TOKEN_FIELDS
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.summary import summarise
from tests.store.rows import SECOND_NS, START_NS, llm, span
from tests.store.test_counting import traces


def summary(*spans: SpanRow) -> TraceRow:
    decide_counted(spans)
    return summarise(spans)[0]


def ledger(*spans: SpanRow) -> list[UsageRow]:
    decide_counted(spans)
    return summarise(spans)[1]


def error(number: int, **changes: Any) -> SpanRow:
    notes = orjson.dumps([{"type": "Timeout", "message": "no answer"}]).decode()
    return span(number, status="error", exceptions=notes, exception_type="Timeout", **changes)


def test_a_trace_spans_from_its_first_start_to_its_last_end() -> None:
    row = summary(span(1, start_s=0, end_s=3), span(2, start_s=1, end_s=5))
    assert (row.start_ns, row.duration_ns) == (START_NS, 5 * SECOND_NS)


def test_a_start_of_zero_does_not_stretch_the_trace() -> None:
    assert summary(span(1, start_s=0), span(2, start_ns=0)).start_ns == START_NS


def test_a_trace_in_which_nothing_failed_is_ok() -> None:
    assert summary(span(1), llm(2)).outcome == "ok"


def test_a_trace_whose_root_failed_is_failed_and_says_why() -> None:
    row = summary(error(1), llm(2))
    assert (row.outcome, row.error) == ("failed", "Timeout: no answer")


def test_a_root_that_only_repeats_a_failure_leaves_the_word_to_the_span_that_failed() -> None:
    row = summary(span(1, status="error"), error(2))
    assert (row.outcome, row.error) == ("failed", "Timeout: no answer")


def test_a_trace_that_got_over_a_failure_is_recovered() -> None:
    row = summary(span(1), error(2, kind="tool"), span(3, kind="tool"))
    assert (row.outcome, row.error, row.error_count) == ("recovered", "Timeout: no answer", 1)


def test_a_trace_with_a_pending_root_is_running() -> None:
    assert summary(span(1, pending=True, end_s=None)).outcome == "running"


def test_a_trace_without_a_root_is_rootless_and_named_after_its_topmost_span() -> None:
    row = summary(span(3, parent=2), span(4, parent=3))
    assert (row.outcome, row.root_span_id, row.name, row.workflow) == ("rootless", None, "span 3", None)


def test_unknown_tokens_and_cost_stay_unknown() -> None:
    row = summary(span(1), llm(2, None, None))
    assert (row.input_tokens, row.output_tokens, row.cost_nusd, row.unpriced_spans) == (None, None, None, 1)


def test_a_cost_that_is_partly_known_says_how_many_calls_are_missing() -> None:
    row = summary(span(1), llm(2, cost_nusd=7, cost_source="computed"), llm(3))
    assert (row.cost_nusd, row.unpriced_spans) == (7, 1)


def test_a_free_call_is_not_an_unpriced_one() -> None:
    row = summary(llm(1, cost_nusd=0, cost_source="override"))
    assert (row.cost_nusd, row.unpriced_spans) == (0, 0)


def test_a_call_that_failed_before_it_consumed_anything_is_not_unpriced() -> None:
    row = summary(span(1), llm(2, None, None, status="error"))
    assert (row.unpriced_spans, row.llm_calls) == (0, 1)


def test_a_wrapped_call_is_one_call() -> None:
    row = summary(span(1), llm(2), llm(3, parent=2), span(4, kind="tool"), span(5, kind="tool", parent=4))
    assert (row.llm_calls, row.tool_calls) == (1, 1)


def test_two_reports_of_one_response_are_one_call() -> None:
    assert summary(span(1), llm(2, response_id="r"), llm(3, response_id="r")).llm_calls == 1


def test_a_streamed_call_that_comes_as_two_spans_is_one_call_and_has_its_price() -> None:
    moment = llm(3, cost_nusd=7, cost_source="reported", start_s=4, end_s=4)
    row = summary(span(1), llm(2, None, None), moment)
    assert (row.llm_calls, row.unpriced_spans, row.cost_nusd) == (1, 0, 7)


def test_who_and_what_is_taken_from_the_root_first_then_from_the_first_span_that_knows() -> None:
    row = summary(
        span(1, user_id="root's user"),
        llm(2, session_id="s", user_id="other", version="7", request_model="m", tags='["b"]'),
        span(3, version="8", tags='["a"]'),
    )
    assert (row.user_id, row.session_id, row.version) == ("root's user", "s", "7")
    assert (orjson.loads(row.models), orjson.loads(row.tags)) == (["m"], ["a", "b"])


def test_models_of_llm_calls_come_before_those_of_embedders() -> None:
    embedder = span(4, kind="embedder", request_model="a-embedder", input_tokens=1)
    row = summary(span(1), embedder, llm(2, request_model="z"), llm(3, response_model="y"))
    assert orjson.loads(row.models) == ["y", "z", "a-embedder"]


def test_a_version_that_was_sent_wins_over_a_hash_of_the_prompt() -> None:
    assert summary(llm(1, version="prompt-0a1b2c3d"), span(2, version="v4")).version == "v4"


def test_previews_come_from_the_root_else_from_the_first_and_last_span_that_have_them() -> None:
    row = summary(span(1), llm(2, input_preview="asked", output_preview="thought"), llm(3, output_preview="said"))
    assert (row.input_preview, row.output_preview) == ("asked", "said")


def test_the_ledger_has_a_line_for_each_quarter_model_agent_and_source() -> None:
    agent = span(2, kind="agent", agent_name="researcher")
    late_s = 3 * QUARTER_NS // SECOND_NS
    lines = ledger(
        span(1),
        agent,
        llm(3, parent=2, request_model="a", cost_nusd=1, cost_source="computed"),
        llm(4, parent=2, request_model="a", cost_nusd=2, cost_source="computed"),
        llm(5, parent=2, request_model="b"),
        llm(6, parent=2, request_model="a", cost_nusd=4, cost_source="computed", start_s=late_s),
    )
    found = {(line.model, line.cost_source, line.calls, line.cost_nusd, line.unpriced_calls) for line in lines}
    assert found == {("a", "computed", 2, 3, 0), ("a", "computed", 1, 4, 0), ("b", None, 1, None, 1)}
    assert {line.agent_name for line in lines} == {"researcher"}
    assert [line.slot for line in lines] == [0, 1, 2]


@given(traces())
def test_counted_spans_trace_row_and_ledger_say_the_same(spans: list[SpanRow]) -> None:
    for number, row in enumerate(spans):
        row.cost_nusd = None if row.input_tokens is None else number
    decide_counted(spans)
    trace, lines = summarise(spans)
    for field in (*TOKEN_FIELDS, COST_FIELDS[0]):
        known = [value for s in spans if s.counted and (value := getattr(s, field)) is not None]
        expected = sum(known) if known else None
        in_lines = [value for line in lines if (value := getattr(line, field)) is not None]
        assert getattr(trace, field) == expected
        assert (sum(in_lines) if in_lines else None) == expected
    assert trace.unpriced_spans == sum(line.unpriced_calls for line in lines)


def test_dimensions_come_from_the_root_then_from_the_first_span_that_knows() -> None:
    spans = [
        span(1, dimensions='{"team":"pay"}'),
        llm(2, dimensions='{"team":"other","tenant":"acme"}'),
        llm(3, dimensions='{"tenant":"late"}'),
    ]
    trace, lines = summarise(spans[::-1])
    assert trace.dimensions == '{"team":"pay","tenant":"acme"}'
    assert {line.dimensions for line in lines} <= {trace.dimensions}


def test_a_trace_without_dimensions_has_none() -> None:
    assert summarise([span(1)])[0].dimensions is None


def test_what_a_tool_was_called_with_is_not_what_a_run_was_asked() -> None:
    tool = span(2, kind="tool", input_preview="arguments", output_preview="result", end_s=9)
    row = summary(span(1), tool, llm(3, input_preview="asked", output_preview="answered"))
    assert (row.input_preview, row.output_preview) == ("asked", "answered")
    alone = summary(span(1), tool)
    assert (alone.input_preview, alone.output_preview) == (None, None)
