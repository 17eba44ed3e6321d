"""The pipeline as prose: decode, normalise, price, hand to the writer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import orjson

from collector.dimensions import Dimension, read_dimensions
from collector.normalize import normalize
from collector.normalize_logs import SpanKey, normalize_log, read_scores
from collector.otlp import Encoding, ReceivedSpan, decode_request
from collector.otlp_logs import decode_logs
from collector.pricing import price_span
from collector.store.batch import Batch, WriteResult
from collector.store.packing import Bases, Packer
from collector.store.payloads import compressor
from collector.store.rows import LogRow, ResourceScopeRow, ScoreRow, SpanRow
from collector.store.writer import SpanWriter

_HASHED_AT_ONCE = 2_047
"""Bytes. Of more hashlib gives the interpreter away, and waits longer to have it back than the hash takes."""


@dataclass(slots=True)
class Prepared:
    """A decoded request, ready to be written."""

    batch: Batch
    rejected: list[str]
    """Why spans can't be stored, one reason each."""
    dropped: int = 0
    """Log records that say nothing about a span."""


def prepare(
    body: bytes,
    encoding: Encoding,
    *,
    project_id: str,
    max_spans: int,
    price: Callable[[SpanRow], None] = price_span,
    dimensions: Sequence[Dimension] = (),
    bases: Bases | None = None,
) -> Prepared:
    """Everything that happens before the writer; pure but for the clock. Raises DecodeError, TooLarge.

    price: fills the cost of a row by the prices in force. dimensions: the promoted ones. bases: of the writer that
    will store it.
    """
    request = decode_request(body, encoding, max_spans=max_spans)
    received_ns = time.time_ns()
    compress = compressor()
    spans: list[SpanRow] = []
    packer = Packer(compress, bases)
    scores: dict[bytes, list[ScoreRow]] = {}
    for received in request.spans:
        row = normalize(received, project_id=project_id, received_ns=received_ns)
        row.content_hash = _content_hash(received)
        if dimensions and (known := read_dimensions(dimensions, received.attributes, received.resource)):
            row.dimensions = orjson.dumps(known, option=orjson.OPT_SORT_KEYS).decode()
        price(row)
        spans.append(row)
        packer.add(row, received.span_bytes, received.resource_scope_id)
        if received.events and row.end_ns is not None and not row.pending:  # what is unfinished may be replaced
            key = SpanKey(project_id, row.trace_id, row.span_id)
            if found := list(read_scores(received.events, key, owner=row.content_hash, received_ns=received_ns)):
                scores[row.content_hash] = found
    scopes = _scopes(request.resource_scopes, compress)
    return Prepared(Batch(spans, packer.pieces(), scopes, len(body), event_scores=scores), request.rejected)


def prepare_logs(body: bytes, encoding: Encoding, *, project_id: str, max_spans: int) -> Prepared:
    """As `prepare`, for log records, of which a request may hold as many as spans."""
    request = decode_logs(body, encoding, max_records=max_spans)
    received_ns = time.time_ns()
    compress = compressor()
    logs: list[LogRow] = []
    scores: dict[bytes, list[ScoreRow]] = {}
    for received in request.logs:
        row = normalize_log(received, project_id=project_id, received_ns=received_ns)
        row.record = compress(received.record_bytes)
        logs.append(row)
        key = SpanKey(project_id, row.trace_id, row.span_id)
        if found := list(read_scores([received.event], key, owner=row.log_id, received_ns=received_ns)):
            scores[row.log_id] = found
    scopes = _scopes(request.resource_scopes, compress)
    batch = Batch(resource_scopes=scopes, size_bytes=len(body), logs=logs, event_scores=scores)
    return Prepared(batch, request.rejected, request.dropped)


def submit(prepared: Prepared, writer: SpanWriter) -> Future[WriteResult]:
    """Resolves after COMMIT. Raises Overloaded when too much is waiting."""
    return writer.submit(prepared.batch)


def _scopes(contents: dict[bytes, bytes], compress: Callable[[bytes], bytes]) -> list[ResourceScopeRow]:
    return [ResourceScopeRow(resource_scope_id=key, content=compress(content)) for key, content in contents.items()]


def _content_hash(received: ReceivedSpan) -> bytes:
    """Equal for protobuf and JSON: it is taken of the decoded message."""
    content = received.span_bytes + received.resource_scope_id
    digest = hashlib.blake2b(content[:_HASHED_AT_ONCE], digest_size=16)
    for at in range(_HASHED_AT_ONCE, len(content), _HASHED_AT_ONCE):
        digest.update(content[at : at + _HASHED_AT_ONCE])
    return digest.digest()
