"""A trace as OTLP/JSON: what was received, a document a line, as OpenTelemetry's file exporter writes it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from collector.store.records import Payload

_IDS = ("traceId", "spanId", "parentSpanId")


def trace_line(payloads: Iterable[Payload]) -> bytes:
    """`{"resourceSpans": [...]}` and a line feed. Spans of one resource and scope stand together, in the given order.

    Ids are hex, as OTLP/JSON wants them; 64-bit numbers are texts, bytes are base64.
    """
    groups: dict[bytes, dict[str, Any]] = {}
    for payload in payloads:
        group = groups.get(payload.resource_scope)
        if group is None:
            group = groups[payload.resource_scope] = _group(payload.resource_scope)
        group["scopeSpans"][0]["spans"].append(_span(payload.span))
    return orjson.dumps({"resourceSpans": list(groups.values())}) + b"\n"


def _group(sent_under: bytes) -> dict[str, Any]:
    found = _as_json(ResourceSpans.FromString(sent_under))
    scopes = found.setdefault("scopeSpans", [{}]) or [{}]
    found["scopeSpans"] = scopes[:1]
    found["scopeSpans"][0]["spans"] = []
    return found


def _span(sent: bytes) -> dict[str, Any]:
    span = _as_json(Span.FromString(sent))
    for holder in (span, *span.get("links", ())):
        for name in _IDS:
            if name in holder:
                holder[name] = base64.b64decode(holder[name]).hex()
    return span


def _as_json(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    return found
