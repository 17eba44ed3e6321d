"""Builders of rows with sane defaults: a test says only what it is about."""

from __future__ import annotations

import hashlib
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from collector.store.batch import Batch
from collector.store.packing import Packer
from collector.store.payloads import compressor
from collector.store.rows import LogRow, ResourceScopeRow, SpanRow

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SECOND_NS = 10**9
START_NS = 1_795_300_000 * SECOND_NS


def span(number: int, **changes: Any) -> SpanRow:
    """Span `number` of TRACE_ID, one second long; number 1 is a root, the others are its children."""
    parent = changes.pop("parent", None if number == 1 else 1)
    start_s = changes.pop("start_s", number)
    end_s = changes.pop("end_s", start_s + 1)
    values: dict[str, Any] = {
        "project_id": "default",
        "trace_id": TRACE_ID,
        "span_id": span_id(number),
        "parent_span_id": None if parent is None else span_id(parent),
        "name": f"span {number}",
        "start_ns": START_NS + int(start_s * SECOND_NS),
        "end_ns": None if end_s is None else START_NS + int(end_s * SECOND_NS),
        "received_ns": START_NS,
    }
    row = SpanRow(**(values | changes))
    if not row.content_hash:
        row.content_hash = hashlib.blake2b(repr(row).encode(), digest_size=16).digest()
    return row


def llm(number: int, input_tokens: int | None = 10, output_tokens: int | None = 5, **changes: Any) -> SpanRow:
    return span(number, kind="llm", input_tokens=input_tokens, output_tokens=output_tokens, **changes)


def log(number: int, said: str = "hello", **changes: Any) -> LogRow:
    """A log record of what a user said in span `number`."""
    time_s = changes.pop("time_s", number)
    values: dict[str, Any] = {
        "project_id": "default",
        "trace_id": TRACE_ID,
        "span_id": span_id(number),
        "log_id": hashlib.blake2b(f"{number} {said} {time_s} {changes}".encode(), digest_size=16).digest(),
        "event_name": "gen_ai.user.message",
        "time_ns": START_NS + int(time_s * SECOND_NS),
        "received_ns": START_NS,
        "input_preview": said,
        "resource_scope_id": b"r",
        "record": compressor()(said.encode()),
    }
    return LogRow(**(values | changes))


def span_id(number: int) -> str:
    return f"{number:016x}"


def content_of(row: SpanRow, **more: bytes) -> bytes:
    """What a span was sent as, as far as its texts go."""
    texts = {"input.value": row.input_preview, "output.value": row.output_preview}
    said = {name: AnyValue(string_value=text) for name, text in texts.items() if text}
    said |= {name: AnyValue(bytes_value=value) for name, value in more.items()}
    sent = ProtoSpan(name=row.name, attributes=[KeyValue(key=name, value=value) for name, value in said.items()])
    return sent.SerializeToString()


def batch(*spans: SpanRow) -> Batch:
    packer = Packer(compressor())
    for row in spans:
        packer.add(row, content_of(row), b"r")
    scope = ResourceScopeRow(resource_scope_id=b"r", content=compressor()(b"scope"))
    return Batch(list(spans), packer.pieces(), [scope], 100)
