"""Builders of OTLP requests: a test says only what it is about."""

from __future__ import annotations

import time
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SECOND_NS = 10**9
START_NS = (int(time.time()) - 2 * 3_600) * SECOND_NS
"""Two hours ago: inside every period that a page shows but the shortest."""


def proto_span(number: int, *, error: bool = False, attributes: dict[str, Any] | None = None, **changes: Any) -> Span:
    """Span `number` of TRACE_ID, one second long; number 1 is the root, the others are its children."""
    values: dict[str, Any] = {
        "trace_id": bytes.fromhex(TRACE_ID),
        "span_id": number.to_bytes(8, "big"),
        "parent_span_id": b"" if number == 1 else (1).to_bytes(8, "big"),
        "name": f"span {number}",
        "kind": Span.SPAN_KIND_INTERNAL,
        "start_time_unix_nano": START_NS + number * SECOND_NS,
        "end_time_unix_nano": START_NS + (number + 1) * SECOND_NS,
    }
    span = Span(**(values | changes))
    span.attributes.extend(KeyValue(key=k, value=proto_value(v)) for k, v in (attributes or {}).items())
    if error:
        span.status.code = Status.STATUS_CODE_ERROR
    return span


def proto_value(value: Any) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case str():
            return AnyValue(string_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            message = AnyValue()
            message.array_value.SetInParent()
            message.array_value.values.extend(map(proto_value, value))
            return message
        case dict():
            message = AnyValue()
            message.kvlist_value.SetInParent()
            message.kvlist_value.values.extend(KeyValue(key=k, value=proto_value(v)) for k, v in value.items())
            return message
    return AnyValue()


def request(*spans: Span, service: str = "tests") -> ExportTraceServiceRequest:
    message = ExportTraceServiceRequest()
    resource_spans = message.resource_spans.add()
    resource_spans.resource.attributes.append(KeyValue(key="service.name", value=proto_value(service)))
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "tests.scope"
    scope_spans.scope.version = "1"
    scope_spans.spans.extend(spans)
    return message


def body(*spans: Span) -> bytes:
    return bytes(request(*spans).SerializeToString())


def json_request(*spans: dict[str, Any]) -> dict[str, Any]:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "tests"}}]}
    scope = {"name": "tests.scope", "version": "1"}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": list(spans)}]}]}


def json_span(number: int, **changes: Any) -> dict[str, Any]:
    """The same span as `proto_span(number)`."""
    span = {
        "traceId": TRACE_ID,
        "spanId": f"{number:016x}",
        "parentSpanId": "" if number == 1 else f"{1:016x}",
        "name": f"span {number}",
        "kind": 1,
        "startTimeUnixNano": str(START_NS + number * SECOND_NS),
        "endTimeUnixNano": str(START_NS + (number + 1) * SECOND_NS),
    }
    return span | changes


def json_value(value: Any) -> dict[str, Any]:
    """OTLP/JSON of a Python value, as `proto_value` makes it in protobuf."""
    import base64
    import math

    match value:
        case bool():
            return {"boolValue": value}
        case str():
            return {"stringValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            if math.isnan(value):
                return {"doubleValue": "NaN"}
            if math.isinf(value):
                return {"doubleValue": "Infinity" if value > 0 else "-Infinity"}
            return {"doubleValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case list():
            return {"arrayValue": {"values": [json_value(item) for item in value]}}
        case dict():
            values = [{"key": k, "value": json_value(v)} for k, v in value.items()]
            return {"kvlistValue": {"values": values}}
    return {}
