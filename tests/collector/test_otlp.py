from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector import otlp_scan
from collector.errors import DecodeError, TooLarge
from collector.otlp import ReceivedRequest, ReceivedSpan, decode_request, encode_response
from tests.collector.otlp_requests import (
    START_NS,
    TRACE_ID,
    body,
    json_request,
    json_span,
    json_value,
    proto_span,
    proto_value,
    request,
)


def decode(content: bytes, max_spans: int = 100) -> ReceivedRequest:
    return decode_request(content, "protobuf", max_spans=max_spans)


def decode_json(content: object, max_spans: int = 100) -> ReceivedRequest:
    return decode_request(json.dumps(content).encode(), "json", max_spans=max_spans)


def one_json(**changes: Any) -> ReceivedSpan:
    return decode_json(json_request(json_span(1, **changes))).spans[0]


def test_a_span_is_read_with_its_resource_and_scope() -> None:
    span = decode(body(proto_span(1), proto_span(2, error=True, attributes={"a": 1}))).spans[1]
    assert (span.trace_id, span.span_id, span.parent_span_id) == (TRACE_ID, f"{2:016x}", f"{1:016x}")
    assert (span.name, span.span_kind, span.is_error, span.attributes) == ("span 2", "internal", True, {"a": 1})
    assert (span.resource, span.scope_name, span.scope_version) == ({"service.name": "tests"}, "tests.scope", "1")


VALUES = st.recursive(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=5),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False) | st.just(math.nan),  # JSON knows one NaN, IEEE 754 very many
        st.binary(max_size=5),
        st.none(),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_json_and_protobuf_of_one_span_are_one_span(value: Any) -> None:
    sent = proto_span(1)
    sent.attributes.add(key="k", value=proto_value(value))
    as_json = json_span(1, attributes=[{"key": "k", "value": json_value(value)}])
    from_protobuf, from_json = decode(body(sent)).spans[0], decode_json(json_request(as_json)).spans[0]
    assert repr(from_protobuf) == repr(from_json)  # repr, since NaN is not equal to itself


def test_an_index_in_the_place_of_a_text_says_nothing() -> None:
    """Profiles send texts so; a request of spans has no table for it."""
    span = proto_span(1, attributes={"a": [None, "b"], "c": None})
    span.attributes[0].value.array_value.values[0].string_value_strindex = 7
    span.attributes[1].value.string_value_strindex = 7
    assert decode(body(span)).spans[0].attributes == {"a": [None, "b"], "c": None}


def test_hex_ids_are_read_in_either_case() -> None:
    assert one_json(traceId=TRACE_ID.upper()).trace_id == TRACE_ID


def test_64_bit_numbers_are_strings_or_numbers() -> None:
    assert one_json(startTimeUnixNano=START_NS).start_ns == one_json(startTimeUnixNano=str(START_NS)).start_ns


def test_unknown_fields_are_ignored_at_every_level() -> None:
    content = json_request(json_span(1, unknown={"x": 1}))
    content["unknown"] = content["resourceSpans"][0]["unknown"] = [1]
    assert len(decode_json(content).spans) == 1
    assert len(decode(body(proto_span(1)) + b"\x9a\x06\x01x").spans) == 1


def test_snake_case_is_an_unknown_field() -> None:
    assert decode_json({"resource_spans": json_request(json_span(1))["resourceSpans"]}).spans == []


@pytest.mark.parametrize("content", [b"", b"{}", b'{"resourceSpans": []}', b'{"resourceSpans": [{}]}'])
def test_an_empty_request_has_no_spans(content: bytes) -> None:
    assert decode_request(content, "json", max_spans=1).spans == []


@pytest.mark.parametrize("length", [0, 1, 7, 9, 15, 17, 32])
def test_a_span_with_an_id_of_the_wrong_length_is_rejected_alone(length: int) -> None:
    wrong_trace, wrong_span = proto_span(2, trace_id=b"x" * length), proto_span(3, span_id=b"x" * length)
    decoded = decode(body(proto_span(1), wrong_trace, wrong_span))
    assert (len(decoded.spans), len(decoded.rejected)) == (1, 2)


def test_an_id_of_zeros_is_rejected() -> None:
    assert len(decode(body(proto_span(1, trace_id=bytes(16)), proto_span(2, span_id=bytes(8)))).rejected) == 2


@pytest.mark.parametrize("wrong", ["CvdlGRbNQ92ESOshHIAxnA==", "xyz", "0af7"])
def test_an_id_that_is_not_hex_is_rejected_alone(wrong: str) -> None:
    spans = [json_span(1), json_span(2, traceId=wrong), json_span(3, spanId=wrong), json_span(4, parentSpanId=wrong)]
    decoded = decode_json(json_request(*spans))
    assert (len(decoded.spans), len(decoded.rejected)) == (1, 3)


def test_every_strict_prefix_of_a_request_is_refused_or_a_smaller_request() -> None:
    whole = body(proto_span(1, attributes={"a": ["b", {"c": 1}]}))
    for length in range(1, len(whole)):
        with pytest.raises(DecodeError):
            decode(whole[:length])


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        b"[1]",
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [1]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]}',
        b"[" * 100_000,
        b'{"a": "\xff"}',
    ],
)
def test_json_that_is_no_request_is_refused(content: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_request(content, "json", max_spans=10)


def nested(depth: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return json_value(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 1},
        {"spanId": 5},
        {"spanId": "é" * 16},
        {"startTimeUnixNano": "soon"},
        {"startTimeUnixNano": -1},
        {"kind": "SPAN_KIND_OF_MY_OWN"},
        {"kind": 2**40},
        {"attributes": {"key": "value"}},
        {"attributes": [{"key": "k", "value": {"bytesValue": {"0": 1}}}]},
        {"attributes": [{"key": "k", "value": {"boolValue": "true"}}]},
        {"attributes": [{"key": "k", "value": nested(60)}]},
    ],
)
def test_a_json_span_that_is_none_is_rejected_alone(changes: dict[str, Any]) -> None:
    decoded = decode_json(json_request(json_span(1), json_span(2, **changes), json_span(3)))
    assert [span.span_id for span in decoded.spans] == [f"{1:016x}", f"{3:016x}"]
    assert len(decoded.rejected) == 1
    assert len(decoded.rejected[0]) < 300


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"doubleValue": None}, None),  # JSON.stringify(NaN)
        ({"intValue": 10**20}, 1e20),  # Number.isInteger(1e20) is true
        ({"intValue": 2**63 - 1}, 2**63 - 1),
        ({"intValue": str(-(2**63))}, -(2**63)),
        ({"stringValue": None, "intValue": 1}, 1),
        ({"unknown": 5, "stringValue": "x"}, "x"),
    ],
)
def test_numbers_are_read_as_javascript_writes_them(sent: dict[str, Any], read: object) -> None:
    assert one_json(attributes=[{"key": "k", "value": sent}]).attributes == {"k": read}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"cut \ud83d", "cut \ufffd"),
        (r"\uDE00 half", "\ufffd half"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud83d \ud55c \ud83d", "\\ud83d \ud55c \ufffd"),
    ],
)
def test_half_a_surrogate_pair_in_json_costs_one_character(sent: str, read: str) -> None:
    content = json.dumps(json_request(json_span(1, name="@"))).replace("@", sent).encode()
    assert decode_request(content, "json", max_spans=1).spans[0].name == read


def test_an_absent_resource_is_the_same_in_both_encodings() -> None:
    whole = request(proto_span(1))
    whole.resource_spans[0].ClearField("resource")
    whole.resource_spans[0].scope_spans[0].scope.Clear()
    as_json = json_request(json_span(1))
    del as_json["resourceSpans"][0]["resource"]
    as_json["resourceSpans"][0]["scopeSpans"][0]["scope"] = {}
    from_protobuf = decode(bytes(whole.SerializeToString()))
    assert decode_json(as_json).resource_scopes == from_protobuf.resource_scopes


def test_more_spans_than_allowed_are_refused_before_they_are_parsed() -> None:
    spans = [proto_span(n) for n in range(1, 12)]
    assert len(decode(body(*spans), max_spans=11).spans) == 11
    with pytest.raises(TooLarge):
        decode(body(*spans), max_spans=10)
    with pytest.raises(TooLarge):
        decode_json(json_request(*(json_span(n) for n in range(1, 12))), max_spans=10)


def test_a_flood_of_small_things_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp_scan, "MAX_ELEMENTS", 100)
    flood = proto_span(1)
    sent = {
        "attributes": proto_span(1, attributes={f"key {n}": n for n in range(101)}),
        "values": proto_span(1, attributes={"k": [[n] for n in range(51)]}),
        "maps": proto_span(1, attributes={"k": {f"key {n}": n for n in range(101)}}),
        "events": Span(events=[Span.Event()] * 101),
        "event attributes": Span(events=[Span.Event(attributes=[KeyValue(key="k")] * 101)]),
        "links": Span(links=[Span.Link()] * 101),
    }
    for kind, span in sent.items():
        span.MergeFrom(flood)
        with pytest.raises(TooLarge):
            pytest.fail(f"{kind}: {len(decode(body(span)).spans)}")
    floods = [request(flood), request(flood), request(flood)]
    floods[0].resource_spans[0].resource.attributes.extend([KeyValue(key="k")] * 101)
    floods[1].resource_spans[0].scope_spans[0].scope.attributes.extend([KeyValue(key="k")] * 101)
    floods[2].resource_spans.extend([type(floods[2].resource_spans[0])()] * 101)
    for whole in floods:
        with pytest.raises(TooLarge):
            decode(bytes(whole.SerializeToString()))
    with pytest.raises(TooLarge):
        decode_json(json_request(json_span(1, events=[{}] * 400)))


def test_what_stands_in_texts_is_no_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp_scan, "MAX_ELEMENTS", 100)
    text = '{"a": [' * 1_000
    assert decode_json(json_request(json_span(1, name=text))).spans[0].name == text
    assert decode(body(proto_span(1, name="\x4a\0" * 1_000, attributes={"k": "\x0a\0" * 1_000}))).spans


def test_spans_of_one_scope_share_one_resource() -> None:
    decoded = decode(body(proto_span(1), proto_span(2)))
    assert len(decoded.resource_scopes) == 1
    assert {span.resource_scope_id for span in decoded.spans} == set(decoded.resource_scopes)


def test_what_was_sent_can_be_put_together_again() -> None:
    sent = request(proto_span(1, attributes={"a": [1, "b"]}, trace_state="x=y"))
    decoded = decode(bytes(sent.SerializeToString()))
    again = type(sent)()
    resource_spans = again.resource_spans.add()
    resource_spans.ParseFromString(decoded.resource_scopes[decoded.spans[0].resource_scope_id])
    resource_spans.scope_spans[0].spans.add().ParseFromString(decoded.spans[0].span_bytes)
    assert again == sent


def test_success_leaves_partial_success_unset() -> None:
    assert (encode_response("protobuf"), encode_response("json")) == (b"", b"{}")


def test_a_partial_success_counts_the_rejected_spans() -> None:
    response = ExportTraceServiceResponse.FromString(encode_response("protobuf", rejected=3, message="why"))
    assert (response.partial_success.rejected_spans, response.partial_success.error_message) == (3, "why")
    as_json = json.loads(encode_response("json", rejected=3, message="why"))
    assert as_json == {"partialSuccess": {"rejectedSpans": "3", "errorMessage": "why"}}


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_decoded_or_refused(content: bytes) -> None:
    for encoding in ("protobuf", "json"):
        try:
            decoded = decode_request(content, encoding, max_spans=10)
        except DecodeError:
            continue
        assert isinstance(decoded, ReceivedRequest)
