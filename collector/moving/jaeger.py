"""Jaeger's JSON, as its page and its API give it, as OTLP/JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]

_TYPES = {"bool": "boolValue", "int64": "intValue", "float64": "doubleValue", "binary": "bytesValue"}
_KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
_SCOPE_NAMES = ("otel.scope.name", "otel.library.name")
_SCOPE_VERSIONS = ("otel.scope.version", "otel.library.version")
_TOLD_ELSEWHERE = frozenset(
    {"span.kind", "error", "otel.status_code", "otel.status_description", *_SCOPE_NAMES, *_SCOPE_VERSIONS}
)


def is_jaeger(document: object) -> bool:
    """Whether it is `{"data": [{"spans": ...}]}`, or one of those traces."""
    return bool(isinstance(document, dict) and _traces(document))


def documents_of_jaeger(document: Json) -> Iterator[Json]:
    """An OTLP/JSON document a trace."""
    for trace in _traces(document):
        processes = _object(trace.get("processes"))
        yield {"resourceSpans": [_resource_spans(span, processes) for span in _objects(trace.get("spans"))]}


def _traces(document: Json) -> list[Json]:
    found = [trace for trace in _objects(document.get("data")) if isinstance(trace.get("spans"), list)]
    return [document] if isinstance(document.get("spans"), list) and "traceID" in document else found


def _resource_spans(span: Json, processes: Json) -> Json:
    process = _object(span.get("process")) or _object(processes.get(str(span.get("processID"))))
    tags = _plain(span.get("tags"))
    named = [{"key": "service.name", "value": {"stringValue": str(process.get("serviceName"))}}]
    scope = {"name": _first(tags, _SCOPE_NAMES), "version": _first(tags, _SCOPE_VERSIONS)}
    return {
        "resource": {"attributes": [*(named if process.get("serviceName") else []), *_attributes(process.get("tags"))]},
        "scopeSpans": [{"scope": {k: v for k, v in scope.items() if v}, "spans": [_span(span, tags)]}],
    }


def _span(span: Json, tags: Mapping[str, Any]) -> Json:
    start_us, duration_us = _whole(span.get("startTime")), _whole(span.get("duration"))
    references = list(_objects(span.get("references")))
    trace_id = _id(span.get("traceID"), 32)
    parent = next(
        (r for r in references if r.get("refType") == "CHILD_OF" and _id(r.get("traceID"), 32) == trace_id), {}
    )
    parent_id = parent.get("spanID") or span.get("parentSpanID")
    return {
        "traceId": trace_id,
        "spanId": _id(span.get("spanID"), 16),
        **({"parentSpanId": _id(parent_id, 16)} if parent_id else {}),
        "name": str(span.get("operationName") or ""),
        "kind": _KINDS.get(str(tags.get("span.kind")), 0),
        "startTimeUnixNano": str(start_us * 1_000),
        "endTimeUnixNano": str((start_us + duration_us) * 1_000),
        "status": _status(tags),
        "attributes": [a for a in _attributes(span.get("tags")) if a["key"] not in _TOLD_ELSEWHERE],
        "events": [_event(log) for log in _objects(span.get("logs"))],
        "links": [
            {"traceId": _id(r.get("traceID"), 32), "spanId": _id(r.get("spanID"), 16)}
            for r in references
            if r is not parent
        ],
    }


def _status(tags: Mapping[str, Any]) -> Json:
    code = str(tags.get("otel.status_code") or "").upper()
    failed = code == "ERROR" or str(tags.get("error")).lower() == "true"
    message = tags.get("otel.status_description")
    return {"code": 2 if failed else 1 if code == "OK" else 0, **({"message": str(message)} if message else {})}


def _event(log: Json) -> Json:
    fields = _plain(log.get("fields"))
    attributes = [a for a in _attributes(log.get("fields")) if a["key"] != "event"]
    time_ns = _whole(log.get("timestamp")) * 1_000
    return {"name": str(fields.get("event") or "log"), "timeUnixNano": str(time_ns), "attributes": attributes}


def _attributes(tags: object) -> Iterator[Json]:
    for tag in _objects(tags):
        kind = _TYPES.get(str(tag.get("type")), "stringValue")
        value = tag.get("value")
        yield {
            "key": str(tag.get("key")),
            "value": {kind: str(value) if kind in ("stringValue", "intValue") else value},
        }


def _plain(tags: object) -> dict[str, Any]:
    return {str(tag.get("key")): tag.get("value") for tag in _objects(tags)}


def _first(tags: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((str(tags[name]) for name in names if tags.get(name)), None)


def _id(value: object, digits: int) -> str:
    """Jaeger leaves leading zeros out."""
    return str(value or "").lower().zfill(digits)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and abs(value) < 2**53 else 0


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
