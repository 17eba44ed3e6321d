"""OTLP/JSON to protobuf messages.

Written by hand, since protobuf's own json_format reads the hex ids as base64 and fails on unknown fields. Ids are
hex in either case, 64-bit numbers are strings or numbers, names are lowerCamelCase and unknown ones are ignored.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from collector.errors import DecodeError, TooLarge

MAX_DEPTH = 40
"""Of nested values. Protobuf gives up at 47."""

Json = dict[str, Any]


def request_from_json(body: bytes, *, max_spans: int) -> ExportTraceServiceRequest:
    """The message a JSON body stands for.

    An id that is not hex becomes one of a wrong length, so that its span is rejected alone.
    """
    parsed = _parsed(body)
    request = ExportTraceServiceRequest()
    count = 0
    with _refusing("trace"):
        for resource_json in _objects(parsed, "resourceSpans"):
            resource_spans = request.resource_spans.add(schema_url=_text(resource_json, "schemaUrl"))
            resource_spans.resource.CopyFrom(_resource(resource_json))
            for scope_json in _objects(resource_json, "scopeSpans"):
                count += len(scope_json.get("spans") or ())
                if count > max_spans:
                    raise TooLarge(f"more than {max_spans} spans in one request: send smaller batches")
                scope_spans = resource_spans.scope_spans.add(schema_url=_text(scope_json, "schemaUrl"))
                if scope := _object(scope_json.get("scope")):
                    scope_spans.scope.CopyFrom(_scope(scope))
                scope_spans.spans.extend(_span(span) for span in _objects(scope_json, "spans"))
    return request


def logs_from_json(body: bytes, *, max_records: int) -> ExportLogsServiceRequest:
    """The message a JSON body stands for. An id that is not hex becomes one of a wrong length."""
    parsed = _parsed(body)
    request = ExportLogsServiceRequest()
    count = 0
    with _refusing("logs"):
        for resource_json in _objects(parsed, "resourceLogs"):
            resource_logs = request.resource_logs.add(schema_url=_text(resource_json, "schemaUrl"))
            resource_logs.resource.CopyFrom(_resource(resource_json))
            for scope_json in _objects(resource_json, "scopeLogs"):
                count += len(scope_json.get("logRecords") or ())
                if count > max_records:
                    raise TooLarge(f"more than {max_records} log records in one request: send smaller batches")
                scope_logs = resource_logs.scope_logs.add(schema_url=_text(scope_json, "schemaUrl"))
                if scope := _object(scope_json.get("scope")):
                    scope_logs.scope.CopyFrom(_scope(scope))
                scope_logs.log_records.extend(_log(record) for record in _objects(scope_json, "logRecords"))
    return request


def _parsed(body: bytes) -> Json:
    try:
        return _object(orjson.loads(body) if body.strip() else {})
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON: {error.msg} at character {error.pos}") from error


@contextmanager
def _refusing(signal: str) -> Iterator[None]:
    """What a value of the wrong type or size raises becomes a DecodeError."""
    try:
        yield
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise DecodeError(f"the body is not an OTLP {signal} request: {error}") from error


def _resource(holder: Json) -> Resource:
    resource = _object(holder.get("resource"))
    return Resource(
        attributes=_attributes(resource), dropped_attributes_count=_integer(resource, "droppedAttributesCount")
    )


def _scope(scope: Json) -> InstrumentationScope:
    return InstrumentationScope(
        name=_text(scope, "name"),
        version=_text(scope, "version"),
        attributes=_attributes(scope),
        dropped_attributes_count=_integer(scope, "droppedAttributesCount"),
    )


def _span(span: Json) -> Span:
    message = Span(
        trace_id=_hex(span, "traceId"),
        span_id=_hex(span, "spanId"),
        parent_span_id=_hex(span, "parentSpanId"),
        trace_state=_text(span, "traceState"),
        flags=_integer(span, "flags"),
        name=_text(span, "name"),
        kind=cast(Any, _enumeration(span.get("kind"), Span.SpanKind)),
        start_time_unix_nano=_integer(span, "startTimeUnixNano"),
        end_time_unix_nano=_integer(span, "endTimeUnixNano"),
        attributes=_attributes(span),
        dropped_attributes_count=_integer(span, "droppedAttributesCount"),
        events=(_event(event) for event in _objects(span, "events")),
        dropped_events_count=_integer(span, "droppedEventsCount"),
        links=(_link(link) for link in _objects(span, "links")),
        dropped_links_count=_integer(span, "droppedLinksCount"),
    )
    if status := _object(span.get("status")):
        code = cast(Any, _enumeration(status.get("code"), Status.StatusCode))
        message.status.CopyFrom(Status(message=_text(status, "message"), code=code))
    return message


def _log(record: Json) -> LogRecord:
    return LogRecord(
        time_unix_nano=_integer(record, "timeUnixNano"),
        observed_time_unix_nano=_integer(record, "observedTimeUnixNano"),
        severity_number=cast(Any, _enumeration(record.get("severityNumber"), SeverityNumber)),
        severity_text=_text(record, "severityText"),
        body=_value(_object(record.get("body")), 0) if "body" in record else None,
        attributes=_attributes(record),
        dropped_attributes_count=_integer(record, "droppedAttributesCount"),
        flags=_integer(record, "flags"),
        trace_id=_hex(record, "traceId"),
        span_id=_hex(record, "spanId"),
        event_name=_text(record, "eventName"),
    )


def _event(event: Json) -> Span.Event:
    return Span.Event(
        time_unix_nano=_integer(event, "timeUnixNano"),
        name=_text(event, "name"),
        attributes=_attributes(event),
        dropped_attributes_count=_integer(event, "droppedAttributesCount"),
    )


def _link(link: Json) -> Span.Link:
    return Span.Link(
        trace_id=_hex(link, "traceId"),
        span_id=_hex(link, "spanId"),
        trace_state=_text(link, "traceState"),
        attributes=_attributes(link),
        dropped_attributes_count=_integer(link, "droppedAttributesCount"),
        flags=_integer(link, "flags"),
    )


def _attributes(holder: Json, depth: int = 0) -> Iterable[KeyValue]:
    return (
        KeyValue(key=_text(pair, "key"), value=_value(_object(pair.get("value")), depth))
        for pair in _objects(holder, "attributes" if depth == 0 else "values")
    )


def _value(value: Json, depth: int) -> AnyValue:
    if depth > MAX_DEPTH:
        raise DecodeError(f"an attribute is nested more than {MAX_DEPTH} deep")
    message = AnyValue()
    if "stringValue" in value:
        message.string_value = _text(value, "stringValue")
    elif "boolValue" in value:
        message.bool_value = value["boolValue"]
    elif "intValue" in value:
        message.int_value = _integer(value, "intValue")
    elif "doubleValue" in value:
        message.double_value = float(value["doubleValue"])
    elif "arrayValue" in value:
        items = _objects(_object(value["arrayValue"]), "values")
        message.array_value.values.extend(_value(item, depth + 1) for item in items)
        message.array_value.SetInParent()
    elif "kvlistValue" in value:
        message.kvlist_value.values.extend(_attributes(_object(value["kvlistValue"]), depth + 1))
        message.kvlist_value.SetInParent()
    elif "bytesValue" in value:
        message.bytes_value = base64.b64decode(value["bytesValue"])
    return message


def _object(value: object) -> Json:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DecodeError(f"expected an object, got {type(value).__name__}")
    return value


def _objects(holder: Json, name: str) -> Iterable[Json]:
    found = holder.get(name)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise DecodeError(f"{name} has to be an array")
    return (_object(item) for item in found)


def _text(holder: Json, name: str) -> str:
    value = holder.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DecodeError(f"{name} has to be a string")
    return value


def _integer(holder: Json, name: str) -> int:
    """A whole number, sent as a number or as a decimal string."""
    value = holder.get(name)
    if value is None or value == "":
        return 0
    return int(value)


def _enumeration(value: object, names: Any) -> int:
    """Numbers are right; the names of enum values are taken too, since some clients send them."""
    if isinstance(value, str) and not value.isdigit():
        return int(names.Value(value))
    return int(cast(int, value or 0))


def _hex(holder: Json, name: str) -> bytes:
    try:
        return binascii.unhexlify(_text(holder, name))
    except binascii.Error:
        return b"\0"
