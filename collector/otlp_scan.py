"""Counts the spans of a protobuf request without parsing it: 16 MiB of empty spans would parse to 1.4 GiB."""

from __future__ import annotations

from collections.abc import Iterator

from collector.errors import DecodeError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_RESOURCE_SPANS = 1
_SCOPE_SPANS = 2
_SPANS = 2


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


def _fields(body: bytes, at: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Where the length-delimited fields of that number lie: (start, end) of their content."""
    while at < end:
        tag, at = _varint(body, at, end)
        wire_type = tag & 7
        if wire_type == _BYTES:
            length, at = _varint(body, at, end)
            if at + length > end:
                raise DecodeError("the body ends in the middle of a field")
            if tag >> 3 == wanted:
                yield at, at + length
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
