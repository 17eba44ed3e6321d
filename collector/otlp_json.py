"""OTLP/JSON to protobuf messages.

Written by hand, since protobuf's own json_format reads the hex ids as base64 and fails on unknown fields. Ids are
hex in either case, 64-bit numbers are strings or numbers, names are lowerCamelCase and unknown ones are ignored.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any, cast

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ScopeLogs, SeverityNumber
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status

from collector.errors import DecodeError, TooLarge

MAX_DEPTH = 40
"""Of nested values. Protobuf gives up at 47."""

Json = dict[str, Any]
_UNREADABLE = (TypeError, ValueError, OverflowError, AttributeError)
_VALUE_KINDS = frozenset(field.json_name for field in AnyValue.DESCRIPTOR.fields)
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""An escape in a JSON text: a surrogate pair, half a pair, or any other."""


def request_from_json(body: bytes, *, max_spans: int) -> tuple[ExportTraceServiceRequest, list[str]]:
    """The message a JSON body stands for, and why spans of it are none, one reason each.

    An id that is not hex becomes one of a wrong length, so that its span is rejected alone.
    """
    request = ExportTraceServiceRequest()
    rejected: list[str] = []
    count = 0
    try:
        for resource_json in _objects(_object(_parse(body)), "resourceSpans"):
            resource_spans = request.resource_spans.add(schema_url=_text(resource_json, "schemaUrl"))
            if resource_json.get("resource") is not None:
                resource_spans.resource.CopyFrom(_resource(_object(resource_json["resource"])))
            for scope_json in _objects(resource_json, "scopeSpans"):
                count += len(scope_json.get("spans") or ())
                if count > max_spans:
                    raise TooLarge(f"more than {max_spans} spans in one request: send smaller batches")
                scope_spans = resource_spans.scope_spans.add(schema_url=_text(scope_json, "schemaUrl"))
                if scope_json.get("scope") is not None:
                    scope_spans.scope.CopyFrom(_scope(_object(scope_json["scope"])))
                _add_spans(scope_spans, scope_json, rejected)
    except _UNREADABLE as error:
        raise DecodeError(f"the body is not an OTLP trace request: {error}") from error
    return request, rejected


def logs_from_json(body: bytes, *, max_records: int) -> tuple[ExportLogsServiceRequest, list[str]]:
    """As `request_from_json`, for log records."""
    request = ExportLogsServiceRequest()
    rejected: list[str] = []
    count = 0
    try:
        for resource_json in _objects(_object(_parse(body)), "resourceLogs"):
            resource_logs = request.resource_logs.add(schema_url=_text(resource_json, "schemaUrl"))
            if resource_json.get("resource") is not None:
                resource_logs.resource.CopyFrom(_resource(_object(resource_json["resource"])))
            for scope_json in _objects(resource_json, "scopeLogs"):
                count += len(scope_json.get("logRecords") or ())
                if count > max_records:
                    raise TooLarge(f"more than {max_records} log records in one request: send smaller batches")
                scope_logs = resource_logs.scope_logs.add(schema_url=_text(scope_json, "schemaUrl"))
                if scope_json.get("scope") is not None:
                    scope_logs.scope.CopyFrom(_scope(_object(scope_json["scope"])))
                _add_logs(scope_logs, scope_json, rejected)
    except _UNREADABLE as error:
        raise DecodeError(f"the body is not an OTLP logs request: {error}") from error
    return request, rejected


def _parse(body: bytes) -> object:
    """JavaScript writes half a surrogate pair where it cut a text; such a half becomes U+FFFD."""
    if not body.strip():
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        whole = _ESCAPE.sub(lambda escape: rb"\ufffd" if escape["half"] else escape[0], body)
        if whole == body:
            raise DecodeError(f"the body is not JSON: {error.msg} at character {error.pos}") from error
    try:
        return orjson.loads(whole)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON: {error.msg}") from error


def _add_spans(scope_spans: ScopeSpans, scope_json: Json, rejected: list[str]) -> None:
    for span in _list(scope_json, "spans"):
        try:
            scope_spans.spans.append(_span(_object(span)))
        except (DecodeError, *_UNREADABLE) as error:
            rejected.append(f"a span is not as OTLP has it: {error}")


def _add_logs(scope_logs: ScopeLogs, scope_json: Json, rejected: list[str]) -> None:
    for record in _list(scope_json, "logRecords"):
        try:
            scope_logs.log_records.append(_log(_object(record)))
        except (DecodeError, *_UNREADABLE) as error:
            rejected.append(f"a log record is not as OTLP has it: {error}")


def _resource(resource: Json) -> Resource:
    return Resource(
        attributes=_attributes(resource),
        dropped_attributes_count=_integer(resource, "droppedAttributesCount"),
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
    if span.get("status") is not None:
        status = _object(span["status"])
        code = cast(Any, _enumeration(status.get("code"), Status.StatusCode))
        message.status.CopyFrom(Status(message=_text(status, "message"), code=code))
    return message


def _log(record: Json) -> LogRecord:
    return LogRecord(
        time_unix_nano=_integer(record, "timeUnixNano"),
        observed_time_unix_nano=_integer(record, "observedTimeUnixNano"),
        severity_number=cast(Any, _enumeration(record.get("severityNumber"), SeverityNumber)),
        severity_text=_text(record, "severityText"),
        body=_value(_object(record.get("body")), 0) if record.get("body") is not None else None,
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
    kind = next((kind for kind in value if kind in _VALUE_KINDS and value[kind] is not None), "")
    content: Any = value.get(kind)
    if kind == "stringValue":
        message.string_value = _text(value, kind)
    elif kind == "boolValue":
        message.bool_value = content
    elif kind == "intValue":
        _set_number(message, _integer(value, kind))
    elif kind == "doubleValue":
        message.double_value = float(content)
    elif kind == "arrayValue":
        message.array_value.values.extend(_value(item, depth + 1) for item in _objects(_object(content), "values"))
        message.array_value.SetInParent()
    elif kind == "kvlistValue":
        message.kvlist_value.values.extend(_attributes(_object(content), depth + 1))
        message.kvlist_value.SetInParent()
    elif kind == "bytesValue":
        message.bytes_value = base64.b64decode(content)
    return message


def _set_number(message: AnyValue, number: int) -> None:
    """JavaScript sends any number without a fraction as an integer, also one that only a double can hold."""
    if -(2**63) <= number < 2**63:
        message.int_value = number
    else:
        message.double_value = float(number)


def _object(value: object) -> Json:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DecodeError(f"expected an object, got {type(value).__name__}")
    return value


def _objects(holder: Json, name: str) -> Iterable[Json]:
    return map(_object, _list(holder, name))


def _list(holder: Json, name: str) -> list[Any]:
    found = holder.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise DecodeError(f"{name} has to be an array")
    return found


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
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise DecodeError(f"{name} has to be a whole number") from error


def _enumeration(value: object, names: Any) -> int:
    """Numbers are right; the names of enum values are taken too, since some clients send them."""
    if isinstance(value, str) and not value.isdecimal():
        return int(names.Value(value[:100]))
    return int(cast(int, value or 0))


def _hex(holder: Json, name: str) -> bytes:
    try:
        return binascii.unhexlify(_text(holder, name))
    except ValueError:  # no hex, or no ASCII
        return b"\0"
