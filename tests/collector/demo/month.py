"""One generated month, read back from its requests into something tests can ask questions of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

NOW_NS = 1_795_356_202_000_000_000
"""A Sunday afternoon: 22 November 2026, 14:03:22 UTC."""

Attributes = dict[str, object]


def read_value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [read_value(item) for item in value.array_value.values]
    return getattr(value, str(kind))


def read_attributes(attributes: Iterable[KeyValue]) -> Attributes:
    return {pair.key: read_value(pair.value) for pair in attributes}


def is_error(span: Span) -> bool:
    return span.status.code == Status.STATUS_CODE_ERROR


@dataclass
class DemoSpan:
    span: Span
    resource: Attributes
    scope: str

    @cached_property
    def attributes(self) -> Attributes:
        return read_attributes(self.span.attributes)

    def tokens(self, name: str) -> int | None:
        value = self.attributes.get(name)
        assert value is None or (isinstance(value, int) and value >= 0), (name, value)
        return value

    @property
    def exception_types(self) -> list[str]:
        events = [read_attributes(event.attributes) for event in self.span.events if event.name == "exception"]
        return [str(event["exception.type"]) for event in events]


@dataclass
class DemoTrace:
    trace_id: str
    spans: list[DemoSpan]

    @property
    def roots(self) -> list[DemoSpan]:
        return [span for span in self.spans if not span.span.parent_span_id]

    @property
    def root(self) -> DemoSpan:
        return self.roots[0]

    @property
    def workflow(self) -> str:
        return self.root.span.name

    @property
    def start_ns(self) -> int:
        return self.root.span.start_time_unix_nano

    @property
    def duration_ms(self) -> float:
        return (self.root.span.end_time_unix_nano - self.start_ns) / 1e6

    @property
    def outcome(self) -> str:
        if is_error(self.root.span):
            return "failed"
        return "recovered" if any(is_error(span.span) for span in self.spans) else "ok"

    def named(self, name: str) -> list[DemoSpan]:
        return [span for span in self.spans if span.span.name == name]

    def sum(self, attribute: str) -> int:
        return sum(span.tokens(attribute) or 0 for span in self.spans)


def read_traces(requests: Iterable[ExportTraceServiceRequest]) -> list[DemoTrace]:
    """Traces in the order of their first span."""
    traces: dict[str, DemoTrace] = {}
    for request in requests:
        for resource_spans in request.resource_spans:
            resource = read_attributes(resource_spans.resource.attributes)
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    trace_id = span.trace_id.hex()
                    trace = traces.setdefault(trace_id, DemoTrace(trace_id, []))
                    trace.spans.append(DemoSpan(span, resource, scope_spans.scope.name))
    return list(traces.values())
