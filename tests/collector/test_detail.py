from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from collector.detail import read_detail
from collector.store.records import ExceptionNote, SpanDetail, SpanRecord, StoredSpan
from tests.collector.factories import START_NS, messages

RECORD = SpanRecord(**dict.fromkeys(SpanRecord.__slots__))  # type: ignore[arg-type]


def detail(
    attributes: dict[str, str | int],
    *,
    kind: str | None = None,
    finish_reason: str | None = None,
    logs: Sequence[LogRecord] = (),
    **changes: object,
) -> SpanDetail:
    span = Span(name="a span", attributes=_pairs(attributes), **changes)
    known = replace(RECORD, kind=kind, finish_reason=finish_reason) if kind else RECORD
    sent_under = ResourceSpans()
    sent_under.resource.attributes.extend(_pairs({"service.name": "shop"}))
    scope = sent_under.scope_spans.add().scope
    scope.name, scope.version = "my.scope", "1.0"
    records = tuple(record.SerializeToString() for record in logs)
    return read_detail(StoredSpan(known, span.SerializeToString(), sent_under.SerializeToString(), records))


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


@pytest.mark.parametrize(
    ("holder", "sent"),
    [
        ("model_request_parameters", {"function_tools": [{"name": "search"}], "output_tools": []}),
        ("request_data", {"model": "gpt-4o", "tools": [{"name": "search"}]}),
        ("response", {"id": "resp_1", "tools": [{"name": "search"}]}),
    ],
)
def test_tools_may_be_listed_beside_other_things(holder: str, sent: dict[str, object]) -> None:
    assert detail({holder: json.dumps(sent)}).tool_definitions == ({"name": "search"},)


def test_a_request_may_stand_as_one_object() -> None:
    sent = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "stream": True}
    assert detail({"request_data": json.dumps(sent)}).request_parameters == {"temperature": 0.5, "stream": True}


def test_an_event_of_details_tells_the_request_and_the_tools() -> None:
    told = {
        "gen_ai.request.temperature": "0.5",
        "gen_ai.tool.definitions": '[{"name": "search"}]',
        "gen_ai.output.messages": messages(("assistant", "hello")),
    }
    happened = Span.Event(name="gen_ai.client.inference.operation.details", attributes=_pairs(told))
    found = detail({"gen_ai.request.seed": 7}, events=[happened])
    assert (found.request_parameters, found.tool_definitions) == (
        {"temperature": "0.5", "seed": 7},
        ({"name": "search"},),
    )
    assert found.attributes == {"gen_ai.request.seed": 7}


def test_a_log_record_may_tell_alone_why_a_model_stopped() -> None:
    record = LogRecord(event_name="gen_ai.choice", attributes=_pairs({"finish_reason": "tool_calls"}))
    assert detail({}, kind="llm", logs=[record]).record.finish_reason == "tool_call"
    assert detail({}, kind="llm", finish_reason="stop", logs=[record]).record.finish_reason == "stop"


def test_found_documents_are_shown_rather_than_their_python_objects() -> None:
    found = {"retrieval.documents.0.document.content": "Rome is wet", "output.value": '["<NodeWithScore>"]'}
    assert detail(found, kind="retriever").output_text == '[{"content":"Rome is wet"}]'
    assert detail(found, kind="other").output_text == '["<NodeWithScore>"]'


def test_embedded_texts_are_shown_rather_than_their_request() -> None:
    sent = {
        "embedding.embeddings.0.embedding.text": "hello",
        "input.value": '{"input": ["hello"]}',
        "output.value": "[0.1]",
    }
    found = detail(sent, kind="embedder")
    assert (found.input_text, found.output_text) == ('["hello"]', None)


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


def test_a_span_whose_content_is_no_longer_kept_tells_what_its_record_knows() -> None:
    noted = replace(RECORD, start_ns=1, end_ns=2, exceptions=(ExceptionNote(type="E", message="m"),))
    found = read_detail(StoredSpan(noted, None, b""))
    assert found.content_removed
    assert (found.input, found.attributes, found.input_text) == ((), {}, None)
    assert [(e.type, e.message, e.stacktrace) for e in found.exceptions] == [("E", "m", None)]
