"""Spans with their content, as a collector would hand them to the store."""

from __future__ import annotations

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ProtoSpan

from collector.store.batch import Batch
from collector.store.packing import Bases, Packer
from collector.store.payloads import compressor
from collector.store.rows import ResourceScopeRow, SpanRow


def said(*rows: tuple[SpanRow, str], bases: Bases | None = None) -> Batch:
    """Spans with what each says in an attribute."""
    packer = Packer(compressor(), bases)
    for row, words in rows:
        value = AnyValue(string_value=words)
        sent = ProtoSpan(name=row.name, attributes=[KeyValue(key="input.value", value=value)])
        packer.add(row, sent.SerializeToString(), b"r")
    scope = ResourceScopeRow(resource_scope_id=b"r", content=compressor()(b""))
    return Batch([row for row, _ in rows], packer.pieces(), [scope], 100)
