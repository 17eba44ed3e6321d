"""What a request says: decoded and normalised, before prices and the database have a word. Pure but for the clock."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from collector.dimensions import Dimension, read_dimensions
from collector.normalize import normalize
from collector.normalize_logs import SpanKey, read_scores
from collector.otlp import Encoding, ReceivedSpan, decode_request
from collector.store.packing import Bases, Packer, PayloadKey, Piece
from collector.store.payloads import compressor
from collector.store.rows import ScoreRow, SpanRow

_HASHED_AT_ONCE = 2_047
"""Bytes. Of more hashlib gives the interpreter away, and waits longer to have it back than the hash takes."""


@dataclass(slots=True)
class Reading:
    """The spans of a request."""

    spans: list[SpanRow]
    pieces: dict[PayloadKey, Piece]
    """What they were received as."""
    resource_scopes: dict[bytes, bytes]
    rejected: list[str]
    """Why spans can't be stored, one reason each."""
    event_scores: dict[bytes, list[ScoreRow]] = field(default_factory=dict)
    """By the content hash of their span."""


def read_traces(
    body: bytes,
    encoding: Encoding,
    *,
    project_id: str,
    max_spans: int,
    dimensions: Sequence[Dimension] = (),
    bases: Bases | None = None,
) -> Reading:
    """dimensions: the promoted ones. bases: of the writer that will store it. Raises DecodeError, TooLarge."""
    request = decode_request(body, encoding, max_spans=max_spans)
    received_ns = time.time_ns()
    packer = Packer(compressor(), bases)
    rows = normalize(request.spans, project_id=project_id, received_ns=received_ns)
    reading = Reading(rows, {}, request.resource_scopes, request.rejected)
    for row, received in zip(rows, request.spans, strict=True):
        row.content_hash = _content_hash(received)
        if dimensions and (known := read_dimensions(dimensions, received.attributes, received.resource)):
            row.dimensions = orjson.dumps(known, option=orjson.OPT_SORT_KEYS).decode()
        packer.add(row, received.span_bytes, received.resource_scope_id)
        if received.events and row.end_ns is not None and not row.pending:  # what is unfinished may be replaced
            key = SpanKey(project_id, row.trace_id, row.span_id)
            if found := list(read_scores(received.events, key, owner=row.content_hash, received_ns=received_ns)):
                reading.event_scores[row.content_hash] = found
    reading.pieces = packer.pieces()
    return reading


def _content_hash(received: ReceivedSpan) -> bytes:
    """Equal for protobuf and JSON: it is taken of the decoded message."""
    content = received.span_bytes
    digest = hashlib.blake2b(content[:_HASHED_AT_ONCE], digest_size=16)
    for at in range(_HASHED_AT_ONCE, len(content), _HASHED_AT_ONCE):
        digest.update(content[at : at + _HASHED_AT_ONCE])
    digest.update(received.resource_scope_id)
    return digest.digest()
