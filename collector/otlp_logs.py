"""Bytes to the log records that say something about a span. Pure; the twin of `collector.otlp`.

Clients may send all their logs: only records that name a GenAI event and their span are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.message import DecodeError as ProtobufDecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs

from collector.errors import DecodeError, TooLarge
from collector.otlp import Encoding, ReceivedEvent, attributes_of, value_of
from collector.otlp_json import logs_from_json
from collector.otlp_scan import count_spans, refuse_flood, refuse_json_flood
from collector.semconv import genai
from collector.semconv.values import json_value

EVENT_NAME = "event.name"
"""The attribute in which older SDKs and plain loggers name the event."""


@dataclass(slots=True)
class ReceivedLog:
    """A log record as it was received, and as the event of a span that it stands for."""

    trace_id: str
    span_id: str
    event: ReceivedEvent
    record_bytes: bytes
    resource_scope_id: bytes


@dataclass(slots=True)
class ReceivedLogs:
    logs: list[ReceivedLog]
    resource_scopes: dict[bytes, bytes]
    """Content hash -> a serialised ResourceLogs with its ScopeLogs and no records: ResourceSpans have the same form."""
    dropped: int
    """How many records say nothing about a span."""
    rejected: list[str]
    """Why records are none, one reason each."""


def decode_logs(body: bytes, encoding: Encoding, *, max_records: int) -> ReceivedLogs:
    """The log records of an export request. Raises as `decode_request` does."""
    rejected: list[str] = []
    if encoding == "json":
        refuse_json_flood(body)
        message, rejected = logs_from_json(body, max_records=max_records)
    else:
        refuse_flood(body, "logs_request")
        # The two kinds of request number their fields alike.
        if count_spans(body, limit=max_records) > max_records:
            raise TooLarge(f"more than {max_records} log records in one request: send smaller batches")
        message = ExportLogsServiceRequest()
        try:
            message.ParseFromString(body)
        except ProtobufDecodeError as error:
            raise DecodeError("the body is not a protobuf ExportLogsServiceRequest") from error
    return _read_request(message, rejected)


def read_event(record: LogRecord) -> ReceivedEvent:
    """The record as an event: what its body says lies among the attributes, where span events have it."""
    attributes = attributes_of(record.attributes)
    name = record.event_name or attributes.get(EVENT_NAME)
    body = value_of(record.body)
    content = json_value(body) if isinstance(body, str) else body
    if isinstance(content, dict):
        attributes |= content
    elif body not in (None, ""):
        attributes["content"] = body
    time_ns = record.time_unix_nano or record.observed_time_unix_nano
    return ReceivedEvent(name if isinstance(name, str) else "", time_ns, attributes)


def _read_request(message: ExportLogsServiceRequest, rejected: list[str]) -> ReceivedLogs:
    request = ReceivedLogs([], {}, 0, rejected)
    for resource_logs in message.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            read = list(_read_records(scope_logs))
            request.dropped += len(scope_logs.log_records) - len(read)
            if read:
                content = _resource_scope(resource_logs, scope_logs)
                resource_scope_id = hashlib.blake2b(content, digest_size=16).digest()
                request.resource_scopes[resource_scope_id] = content
                for log in read:
                    log.resource_scope_id = resource_scope_id
                request.logs += read
    return request


def _read_records(scope_logs: ScopeLogs) -> Iterator[ReceivedLog]:
    for record in scope_logs.log_records:
        named = len(record.trace_id) == 16 and len(record.span_id) == 8 and any(record.trace_id) and any(record.span_id)
        if named and _is_about_a_span((event := read_event(record)).name):
            yield ReceivedLog(record.trace_id.hex(), record.span_id.hex(), event, record.SerializeToString(), b"")


def _is_about_a_span(event_name: str) -> bool:
    told = (genai.EXCEPTION_EVENT, genai.EVALUATION_EVENT)
    return event_name in told or genai.CONTENT_EVENT.fullmatch(event_name) is not None


def _resource_scope(resource_logs: ResourceLogs, scope_logs: ScopeLogs) -> bytes:
    """What the records of a scope share, as one message without them."""
    shared = ResourceLogs(resource=resource_logs.resource, schema_url=resource_logs.schema_url)
    shared.scope_logs.add(scope=scope_logs.scope, schema_url=scope_logs.schema_url)
    return bytes(shared.SerializeToString())
