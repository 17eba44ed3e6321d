from __future__ import annotations

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from collector.detail import read_detail
from collector.store.records import SpanDetail, SpanRecord, StoredSpan
from tests.collector.factories import START_NS

RECORD = SpanRecord(**dict.fromkeys(SpanRecord.__slots__))  # type: ignore[arg-type]


def detail(attributes: dict[str, str | int], **changes: object) -> SpanDetail:
    span = Span(name="a span", attributes=_pairs(attributes), **changes)
    sent_under = ResourceSpans()
    sent_under.resource.attributes.extend(_pairs({"service.name": "shop"}))
    scope = sent_under.scope_spans.add().scope
    scope.name, scope.version = "my.scope", "1.0"
    return read_detail(StoredSpan(RECORD, span.SerializeToString(), sent_under.SerializeToString()))


def _pairs(attributes: dict[str, str | int]) -> list[KeyValue]:
    return [
        KeyValue(key=key, value=AnyValue(string_value=value) if isinstance(value, str) else AnyValue(int_value=value))
        for key, value in attributes.items()
    ]


def test_a_tools_arguments_and_result_are_text_as_sent() -> None:
    found = detail(
        {"gen_ai.tool.name": "search", "gen_ai.tool.call.arguments": '{"q": "x"}', "gen_ai.tool.response": "[1]"}
    )
    assert (found.input_text, found.output_text) == ('{"q": "x"}', "[1]")
    assert (found.input, found.output) == ((), ())


def test_messages_take_the_place_of_text() -> None:
    found = detail({"gen_ai.prompt": "hi", "input.value": "the whole request", "gen_ai.completion": "hello"})
    assert (found.input_text, found.output_text) == (None, None)
    assert [m.parts[0].text for m in (*found.input, *found.output)] == ["hi", "hello"]


def test_a_span_with_one_side_only_keeps_the_other_unknown() -> None:
    found = detail({"traceloop.entity.input": "x"})
    assert (found.input_text, found.output_text) == ("x", None)


def test_request_parameters_come_without_the_request() -> None:
    found = detail(
        {
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.request.temperature": 1,
            "llm.invocation_parameters": '{"model": "gpt-4o", "seed": 7, "tools": [1], "stop": null}',
            "ai.settings.maxRetries": 2,
        }
    )
    assert found.request_parameters == {"seed": 7, "temperature": 1, "maxRetries": 2}


def test_tools_that_were_offered_are_found_in_each_form() -> None:
    named = [{"type": "function", "name": "search"}]
    assert detail({"gen_ai.tool.definitions": '[{"type": "function", "name": "search"}]'}).tool_definitions == (*named,)
    assert detail({"llm.tools.0.tool.json_schema": '{"type": "function", "name": "search"}'}).tool_definitions == (
        *named,
    )
    old = {"llm.request.functions.0.name": "search", "llm.request.functions.0.parameters": '{"type": "object"}'}
    assert detail(old).tool_definitions == ({"name": "search", "parameters": {"type": "object"}},)


def test_everything_else_stands_whole() -> None:
    happened = Span.Event(name="exception", time_unix_nano=START_NS)
    happened.attributes.extend(_pairs({"exception.type": "ValueError", "exception.stacktrace": "Traceback"}))
    link = Span.Link(trace_id=b"\x0a" * 16, span_id=b"\x0b" * 8)
    found = detail({"big": 2**62, "text": "x" * 10_000}, events=[happened], links=[link])
    assert found.attributes == {"big": 2**62, "text": "x" * 10_000}
    assert (found.resource, found.scope_name, found.scope_version) == ({"service.name": "shop"}, "my.scope", "1.0")
    assert found.events[0].attributes["exception.type"] == "ValueError"
    assert (found.links[0].trace_id, found.links[0].span_id) == ("0a" * 16, "0b" * 8)
    assert (found.exceptions[0].type, found.exceptions[0].stacktrace) == ("ValueError", "Traceback")
    assert found.record is RECORD
