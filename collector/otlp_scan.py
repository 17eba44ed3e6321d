"""Counts what a request holds without parsing it: 64 KiB of gzip can hold 32 million empty events, which would take
six gigabytes as objects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.errors import DecodeError, TooLarge

MAX_ELEMENTS = 1_000_000
"""Spans, attributes, events, links and items of arrays in one request, all together."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_RESOURCE_SPANS = 1
_SCOPE_SPANS = 2
_SPANS = 2
_REPEATED: dict[str, dict[int, str]] = {
    "request": {1: "resource_spans"},
    "logs_request": {1: "resource_logs"},
    "resource_logs": {2: "scope_logs"},
    "scope_logs": {2: "log_record"},
    "log_record": {6: "key_value"},
    "resource_spans": {2: "scope_spans"},
    "scope_spans": {2: "span"},
    "resource": {1: "key_value", 3: "entity"},
    "entity": {3: "text", 4: "text"},
    "scope": {3: "key_value"},
    "span": {9: "key_value", 11: "event", 13: "link"},
    "event": {3: "key_value"},
    "link": {4: "key_value"},
    "array": {1: "value"},
    "list": {1: "key_value"},
}
"""Message -> field number -> what the field holds any number of."""
_SINGLE: dict[str, dict[int, str]] = {
    "resource_spans": {1: "resource"},
    "scope_spans": {1: "scope"},
    "resource_logs": {1: "resource"},
    "scope_logs": {1: "scope"},
    "log_record": {5: "value"},
    "key_value": {2: "value"},
    "value": {5: "array", 6: "list"},
}
_JSON_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def count_spans(body: bytes, *, limit: int) -> int:
    """How many spans an ExportTraceServiceRequest holds, or log records an ExportLogsServiceRequest, whose fields
    have the same numbers; stops counting just above `limit`."""
    count = 0
    for start, end in _fields(body, 0, len(body), _RESOURCE_SPANS):
        for scope_start, scope_end in _fields(body, start, end, _SCOPE_SPANS):
            for _ in _fields(body, scope_start, scope_end, _SPANS):
                count += 1
                if count > limit:
                    return count
    return count


def refuse_flood(body: bytes, message: str = "request") -> None:
    """Raises TooLarge for a protobuf request of more than MAX_ELEMENTS. An element takes two bytes at least."""
    if len(body) <= 2 * MAX_ELEMENTS:
        return
    count = 0
    waiting = [(message, 0, len(body))]
    while waiting:
        message, start, end = waiting.pop()
        repeated, single = _REPEATED.get(message, {}), _SINGLE.get(message, {})
        for number, at, stop in _all_fields(body, start, end):
            count += number in repeated
            if count > MAX_ELEMENTS:
                raise _flood()
            inner = repeated.get(number) or single.get(number)
            if at < stop and (inner in _REPEATED or inner in _SINGLE):
                waiting.append((inner, at, stop))


def refuse_json_flood(body: bytes) -> None:
    """The same for JSON, where an attribute takes four of the marks counted. Those inside of texts don't matter."""
    if _marks(body) > 4 * MAX_ELEMENTS and _marks(_JSON_TEXT.sub(b"", body)) > 4 * MAX_ELEMENTS:
        raise _flood()


def _marks(text: bytes) -> int:
    return text.count(b"{") + text.count(b"[") + text.count(b",")


def _flood() -> TooLarge:
    return TooLarge(f"more than {MAX_ELEMENTS} attributes, events and the like in one request: send smaller batches")


def _fields(body: bytes, at: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Where the length-delimited fields of that number lie: (start, end) of their content."""
    return ((start, stop) for number, start, stop in _all_fields(body, at, end) if number == wanted)


def _all_fields(body: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of every length-delimited field."""
    while at < end:
        tag, at = _varint(body, at, end)
        wire_type = tag & 7
        if wire_type == _BYTES:
            length, at = _varint(body, at, end)
            if at + length > end:
                raise DecodeError("the body ends in the middle of a field")
            yield tag >> 3, at, at + length
            at += length
        elif wire_type == _VARINT:
            _, at = _varint(body, at, end)
        elif wire_type == _FIXED64:
            at += 8
        elif wire_type == _FIXED32:
            at += 4
        else:
            raise DecodeError("the body is not a protobuf export request")


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    """The number and where it ends."""
    value = shift = 0
    while at < end and shift < 70:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise DecodeError("the body ends in the middle of a number")
