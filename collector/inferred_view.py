"""A trace together with what its times say belongs to it: the marked view for spans that arrived without parents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from collector.analysis.inferred import Located, infer_parents
from collector.store.reads.contemporaries import SentSpan
from collector.store.records import SpanRecord


def family(sent: Sequence[SentSpan], trace_id: str) -> tuple[tuple[SpanRecord, ...], dict[str, str]]:
    """The spans connected to the trace through inferred parents, and those parents by span_id.

    Without any inferred parent, only the trace's own spans. Spans keep the trace and parent they were sent with.
    """
    resources = {content: _resource(content) for content in {span.resource_scope for span in sent}}
    parents = infer_parents(Located(span.record, resources[span.resource_scope]) for span in sent)
    roots = {span.record.span_id: span.record.parent_span_id or parents.get(span.record.span_id) for span in sent}
    tops = {_top(span_id, roots) for span_id in _ids_of(sent, trace_id)}
    members = tuple(span.record for span in sent if _top(span.record.span_id, roots) in tops)
    ids = {member.span_id for member in members}
    return members, {child: parent for child, parent in parents.items() if child in ids}


def placed(members: Sequence[SpanRecord], parents: Mapping[str, str]) -> list[SpanRecord]:
    """The spans as if they had been sent with their inferred parents, to build a tree of them."""
    return [replace(span, parent_span_id=parents.get(span.span_id, span.parent_span_id)) for span in members]


def _ids_of(sent: Sequence[SentSpan], trace_id: str) -> list[str]:
    return [span.record.span_id for span in sent if span.record.trace_id == trace_id]


def _top(span_id: str, parents: dict[str, str | None]) -> str:
    """The outermost known ancestor; a cycle ends where it began."""
    seen = {span_id}
    while (parent := parents.get(span_id)) and parent in parents and parent not in seen:
        seen.add(parent)
        span_id = parent
    return span_id


def _resource(content: bytes) -> str:
    """Equal for spans of one process, whatever scope they were sent under."""
    return bytes(ResourceSpans.FromString(content).resource.SerializeToString(deterministic=True)).hex()
