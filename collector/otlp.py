"""Bytes to OTLP spans and back, in protobuf and JSON. Pure; follows the OTLP specification 1.11.

JSON becomes the same protobuf messages as protobuf does, so both have one meaning and one content hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import orjson
from google.protobuf.message import DecodeError as ProtobufDecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from collector.errors import DecodeError, TooLarge
from collector.otlp_json import request_from_json
from collector.otlp_scan import count_spans, refuse_flood, refuse_json_flood

Encoding = Literal["protobuf", "json"]
AttributeValue = str | bool | int | float | bytes | list["AttributeValue"] | dict[str, "AttributeValue"] | None

SPAN_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)
_SCALARS = {"string_value", "int_value", "double_value", "bool_value", "bytes_value"}
"""What a value may be without holding others. It may also be an index, which means nothing in a request of spans."""


@dataclass(slots=True)
class ReceivedEvent:
    name: str
    time_ns: int
    attributes: dict[str, AttributeValue]


@dataclass(slots=True)
class ReceivedSpan:
    """A span as it was received, with the resource and scope it was sent under."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    name: str
    span_kind: str
    start_ns: int
    end_ns: int
    """0 while the span has no end."""
    is_error: bool
    status_message: str
    attributes: dict[str, AttributeValue]
    events: list[ReceivedEvent] = field(default_factory=list)
    resource: dict[str, AttributeValue] = field(default_factory=dict)
    scope_name: str = ""
    scope_version: str = ""
    span_bytes: bytes = b""
    resource_scope_id: bytes = b""


class _Shared(NamedTuple):
    """What all spans of a scope have in common."""

    resource: dict[str, AttributeValue]
    scope_name: str
    scope_version: str
    resource_scope_id: bytes


@dataclass(slots=True)
class ReceivedRequest:
    spans: list[ReceivedSpan]
    resource_scopes: dict[bytes, bytes]
    """Content hash -> a serialised ResourceSpans with its ScopeSpans and no spans."""
    rejected: list[str]
    """Why spans can't be stored, one reason each."""


def decode_request(body: bytes, encoding: Encoding, *, max_spans: int) -> ReceivedRequest:
    """The spans of an export request. A span that is no span, or has invalid ids, is rejected alone.

    Raises DecodeError for bytes that are not what they should be, TooLarge for more than `max_spans` and for a flood
    of anything else.
    """
    rejected: list[str] = []
    if encoding == "json":
        refuse_json_flood(body)
        message, rejected = request_from_json(body, max_spans=max_spans)
    else:
        refuse_flood(body)
        if count_spans(body, limit=max_spans) > max_spans:
            raise TooLarge(f"more than {max_spans} spans in one request: send smaller batches")
        message = ExportTraceServiceRequest()
        try:
            message.ParseFromString(body)
        except ProtobufDecodeError as error:
            raise DecodeError("the body is not a protobuf ExportTraceServiceRequest") from error
    return _read_request(message, rejected)


def encode_response(
    encoding: Encoding, *, rejected: int = 0, message: str = "", rejected_name: str = "rejectedSpans"
) -> bytes:
    """The ExportTraceServiceResponse: without partial_success when all went well.

    That for logs differs in the name of the count alone, which only JSON shows.
    """
    if not rejected and not message:
        return b"" if encoding == "protobuf" else b"{}"
    if encoding == "protobuf":
        response = ExportTraceServiceResponse()
        response.partial_success.rejected_spans = rejected
        response.partial_success.error_message = message
        return bytes(response.SerializeToString())
    from_json: dict[str, Any] = {"partialSuccess": {rejected_name: str(rejected), "errorMessage": message}}
    return orjson.dumps(from_json)


def attributes_of(key_values: Iterable[KeyValue]) -> dict[str, AttributeValue]:
    """Attributes as Python values. Of a key that occurs twice, the last wins."""
    found: dict[str, AttributeValue] = {}
    for pair in key_values:
        value = pair.value
        # A text or a number tells its kind by being there; asking for the kind costs more than reading both.
        found[pair.key] = value.string_value or value.int_value or value_of(value)
    return found


def value_of(value: AnyValue) -> AttributeValue:
    which = value.WhichOneof("value")
    if which == "array_value":
        return [item.string_value or value_of(item) for item in value.array_value.values]
    if which == "kvlist_value":
        return attributes_of(value.kvlist_value.values)
    return getattr(value, which) if which in _SCALARS else None


def _read_request(message: ExportTraceServiceRequest, rejected: list[str]) -> ReceivedRequest:
    request = ReceivedRequest([], {}, rejected)
    for resource_spans in message.resource_spans:
        resource = attributes_of(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            if not scope_spans.spans:
                continue
            content = _resource_scope(resource_spans, scope_spans)
            resource_scope_id = hashlib.blake2b(content, digest_size=16).digest()
            request.resource_scopes[resource_scope_id] = content
            shared = _Shared(resource, scope_spans.scope.name, scope_spans.scope.version, resource_scope_id)
            for span in scope_spans.spans:
                ids = span.trace_id, span.span_id, span.parent_span_id
                if reason := _invalid(*ids):
                    request.rejected.append(reason)
                else:
                    request.spans.append(_read_span(span, ids, shared))
    return request


def _resource_scope(resource_spans: ResourceSpans, scope_spans: ScopeSpans) -> bytes:
    """What the spans of a scope share, as one message without them."""
    shared = ResourceSpans(resource=resource_spans.resource, schema_url=resource_spans.schema_url)
    shared.scope_spans.add(scope=scope_spans.scope, schema_url=scope_spans.schema_url)
    return bytes(shared.SerializeToString())


def _invalid(trace_id: bytes, span_id: bytes, parent_span_id: bytes) -> str | None:
    """Why a span can't be told from others; None for a good one."""
    if len(trace_id) != 16 or trace_id == _NO_TRACE:
        return "a trace id has to be 16 bytes and not all zero"
    if len(span_id) != 8 or span_id == _NO_SPAN:
        return "a span id has to be 8 bytes and not all zero"
    if parent_span_id and len(parent_span_id) != 8:
        return "a parent span id has to be 8 bytes or absent"
    return None


def _read_span(span: Span, ids: tuple[bytes, bytes, bytes], shared: _Shared) -> ReceivedSpan:
    (trace_id, span_id, parent_span_id), kind, status, events = ids, span.kind, span.status, span.events
    return ReceivedSpan(  # in its fields' order: telling sixteen names apart takes longer than filling them
        trace_id.hex(),
        span_id.hex(),
        parent_span_id.hex() if parent_span_id and parent_span_id != _NO_SPAN else None,
        span.name,
        SPAN_KINDS[kind] if 0 <= kind < len(SPAN_KINDS) else SPAN_KINDS[0],
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        status.code == Status.STATUS_CODE_ERROR,
        status.message,
        attributes_of(span.attributes),
        [ReceivedEvent(e.name, e.time_unix_nano, attributes_of(e.attributes)) for e in events] if events else [],
        shared.resource,
        shared.scope_name,
        shared.scope_version,
        span.SerializeToString(),
        shared.resource_scope_id,
    )
