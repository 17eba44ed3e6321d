"""A trace as OTLP/JSON: what was received, a document a line, as OpenTelemetry's file exporter writes it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

from collector.store.records import Payload, SpanRecord

CONTENT_REMOVED = "msgtrace.content_removed"
"""An attribute of exported spans whose content is no longer kept."""
_KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_IDS = ("traceId", "spanId", "parentSpanId")


def trace_line(payloads: Iterable[Payload], without_content: Iterable[SpanRecord] = ()) -> bytes:
    """`{"resourceSpans": [...]}` and a line feed. Spans of one resource and scope stand together, in the given order.

    Those without_content come last, with what is still known of them and an attribute CONTENT_REMOVED. Ids are hex,
    as OTLP/JSON wants them; 64-bit numbers are texts, bytes are base64.
    """
    groups: dict[bytes, dict[str, Any]] = {}
    for payload in payloads:
        group = groups.get(payload.resource_scope)
        if group is None:
            group = groups[payload.resource_scope] = _group(payload.resource_scope)
        group["scopeSpans"][0]["spans"].append(_span(payload.span))
    for (service, scope), spans in _by_sender(without_content).items():
        groups[f"{service} {scope}".encode()] = _bare_group(service, scope, spans)
    return orjson.dumps({"resourceSpans": list(groups.values())}) + b"\n"


def logs_line(payloads: Iterable[Payload]) -> bytes:
    """`{"resourceLogs": [...]}` and a line feed, as above; empty without any."""
    groups: dict[bytes, dict[str, Any]] = {}
    for payload in payloads:
        if payload.resource_scope not in groups:
            group = _group(payload.resource_scope)
            group["scopeLogs"] = group.pop("scopeSpans")
            group["scopeLogs"][0]["logRecords"] = group["scopeLogs"][0].pop("spans")
            groups[payload.resource_scope] = group
        record = _with_hex_ids(_as_json(LogRecord.FromString(payload.span)))
        groups[payload.resource_scope]["scopeLogs"][0]["logRecords"].append(record)
    return orjson.dumps({"resourceLogs": list(groups.values())}) + b"\n" if groups else b""


def _by_sender(spans: Iterable[SpanRecord]) -> dict[tuple[str | None, str | None], list[SpanRecord]]:
    """By service and name of the scope."""
    found: dict[tuple[str | None, str | None], list[SpanRecord]] = {}
    for span in spans:
        found.setdefault((span.service, span.scope), []).append(span)
    return found


def _bare_group(service: str | None, scope: str | None, spans: Iterable[SpanRecord]) -> dict[str, Any]:
    named = [{"key": "service.name", "value": {"stringValue": service}}] if service else []
    about = {"name": scope} if scope else {}
    return {"resource": {"attributes": named}, "scopeSpans": [{"scope": about, "spans": [_bare(s) for s in spans]}]}


def _bare(span: SpanRecord) -> dict[str, Any]:
    return {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        **({"parentSpanId": span.parent_span_id} if span.parent_span_id else {}),
        "name": span.name,
        "kind": _KINDS.get(span.span_kind, 0),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns or 0),
        "status": {"code": 2, "message": span.status_message or ""} if span.status == "error" else {},
        "attributes": [{"key": CONTENT_REMOVED, "value": {"boolValue": True}}],
    }


def _group(sent_under: bytes) -> dict[str, Any]:
    found = _as_json(ResourceSpans.FromString(sent_under))
    scopes = found.setdefault("scopeSpans", [{}]) or [{}]
    found["scopeSpans"] = scopes[:1]
    found["scopeSpans"][0]["spans"] = []
    return found


def _span(sent: bytes) -> dict[str, Any]:
    return _with_hex_ids(_as_json(Span.FromString(sent)))


def _with_hex_ids(span: dict[str, Any]) -> dict[str, Any]:
    for holder in (span, *span.get("links", ())):
        for name in _IDS:
            if name in holder:
                holder[name] = base64.b64decode(holder[name]).hex()
    return span


def _as_json(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = MessageToDict(message, use_integers_for_enums=True)
    return found
