"""What the OpenTelemetry Collector's file exporter writes with `format: proto`, or compressed: messages, protobuf or
JSON, each behind its length in four bytes, big-endian, and each compressed for itself if at all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any, Literal

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.errors import BadQuery
from collector.moving.inflated import opened
from collector.otlp_scan import count_spans, refuse_flood

_LENGTH_BYTES = 4
_FIRST_BYTES = range(9)
"""Of a length below 144 MiB. Texts begin with a tab at least."""


def begins_with_length(first: bytes) -> bool:
    return bool(first) and first[0] in _FIRST_BYTES


def messages(file: IO[bytes], first: bytes, most_bytes: int) -> Iterator[bytes]:
    """What is behind the lengths; `first` is what has been read of the file. Raises BadQuery where it is cut off."""
    while True:
        length = first + file.read(_LENGTH_BYTES - len(first))
        if not length:
            return
        size = int.from_bytes(length, "big")
        message = file.read(size)
        if len(length) < _LENGTH_BYTES or len(message) < size:
            raise BadQuery("the file ends in the middle of a message: it was cut off")
        yield opened(io.BytesIO(message), most_bytes).read()
        first = b""


def requests(body: bytes, most_spans: int) -> Iterator[tuple[Literal["traces", "logs"], bytes]]:
    """A protobuf message as requests of so many spans or log records at most; none for metrics.

    Raises BadQuery for what is no message, TooLarge for a flood.
    """
    found = _read(body)
    if found is None:
        return
    signal, message = found
    if count_spans(body, limit=most_spans) <= most_spans:
        yield signal, body
        return
    resources, scopes, items = _NAMES[signal]
    for resource in getattr(message, resources):
        for scope in getattr(resource, scopes):
            for at in range(0, len(getattr(scope, items)), most_spans):
                piece = type(message)()
                of_resource = getattr(piece, resources).add(resource=resource.resource, schema_url=resource.schema_url)
                of_scope = getattr(of_resource, scopes).add(scope=scope.scope, schema_url=scope.schema_url)
                getattr(of_scope, items).extend(getattr(scope, items)[at : at + most_spans])
                yield signal, piece.SerializeToString()


_NAMES = {"traces": ("resource_spans", "scope_spans", "spans"), "logs": ("resource_logs", "scope_logs", "log_records")}


def _read(body: bytes) -> tuple[Literal["traces", "logs"], Any] | None:
    """The signals number their fields alike; only a span has an id of 16 bytes and one of 8 where it has them."""
    spans, logs = ExportTraceServiceRequest(), ExportLogsServiceRequest()
    refuse_flood(body)
    if _parses(spans, body):
        found = (s for group in spans.resource_spans for scope in group.scope_spans for s in scope.spans)
        span = next(found, None)
        if span is not None and (len(span.trace_id), len(span.span_id)) == (16, 8):
            return "traces", spans
    refuse_flood(body, "logs_request")
    if _parses(logs, body):
        records = (r for group in logs.resource_logs for scope in group.scope_logs for r in scope.log_records)
        record = next(records, None)
        if record is not None and (record.time_unix_nano or record.observed_time_unix_nano):
            return "logs", logs
        return None
    raise BadQuery("neither spans nor log records of OpenTelemetry")


def _parses(message: Message, body: bytes) -> bool:
    try:
        message.ParseFromString(body)
    except DecodeError:
        return False
    return True
