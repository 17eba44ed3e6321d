"""Steps to OTLP spans: ids, times, attributes and exception events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from collector.demo.steps import AttributeValue, Failure, Step

NS_PER_MS = 1_000_000
SAMPLED_LOCAL_PARENT = 0x101
"""Span flags: sampled, and the parent is known to be in the same process."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What sent a trace: the resource."""

    service: str
    version: str
    environment: str
    namespace: str
    """The team that owns the service."""

    def attributes(self) -> dict[str, AttributeValue]:
        return {
            "service.name": self.service,
            "service.version": self.version,
            "service.namespace": self.namespace,
            "deployment.environment.name": self.environment,
            "telemetry.sdk.language": "python",
            "telemetry.sdk.name": "opentelemetry",
            "telemetry.sdk.version": "1.38.0",
        }


@dataclass(frozen=True, slots=True)
class Trace:
    trace_id: str
    start_ns: int
    origin: Origin
    root: Step


def encode_attributes(attributes: Mapping[str, AttributeValue]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_encode(value)) for key, value in attributes.items()]


def _encode(value: AttributeValue) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(array_value=ArrayValue(values=[_encode(item) for item in value]))


def _exception_event(failure: Failure, time_ns: int) -> Span.Event:
    attributes = {
        "exception.type": failure.type,
        "exception.message": failure.message,
        "exception.stacktrace": failure.stack_trace(),
    }
    return Span.Event(name="exception", time_unix_nano=time_ns, attributes=encode_attributes(attributes))


def build_spans(trace: Trace, rng: Random) -> list[tuple[str, Span]]:
    """(scope, span) of the whole trace, parents before their children; the scope is empty for the program's own."""
    placed: list[tuple[str, Span]] = []
    _place(trace.root, trace.start_ns, bytes.fromhex(trace.trace_id), b"", rng, placed)
    return placed


def _place(
    step: Step, start_ns: int, trace_id: bytes, parent_id: bytes, rng: Random, placed: list[tuple[str, Span]]
) -> int:
    """Adds the step's span and all below it to `placed`; the end in nanoseconds."""
    span = Span(
        trace_id=trace_id,
        span_id=rng.randrange(1, 2**64).to_bytes(8, "big"),
        parent_span_id=parent_id,
        name=step.name,
        kind=Span.SPAN_KIND_CLIENT if step.is_client else Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=start_ns,
        attributes=encode_attributes(step.attributes),
        flags=SAMPLED_LOCAL_PARENT,
    )
    placed.append((step.scope, span))
    end_ns = start_ns + round(step.own_ms * NS_PER_MS)
    free_ns = [end_ns] * step.lanes
    for child in step.children:
        lane = free_ns.index(min(free_ns))
        child_end_ns = _place(child, free_ns[lane], trace_id, span.span_id, rng, placed)
        free_ns[lane] = child_end_ns + round(step.gap_ms * NS_PER_MS)
        end_ns = max(end_ns, child_end_ns)
    end_ns += round(step.tail_ms * NS_PER_MS)
    span.end_time_unix_nano = end_ns
    if step.failure is not None:
        _mark_failed(span, step.failure)
    return end_ns


def _mark_failed(span: Span, failure: Failure) -> None:
    span.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=f"{failure.type}: {failure.message}"))
    span.events.append(_exception_event(failure, span.end_time_unix_nano))
    span.attributes.append(KeyValue(key="error.type", value=AnyValue(string_value=failure.type)))
