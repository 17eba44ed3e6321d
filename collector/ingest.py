"""The pipeline as prose: decode, normalise, price, hand to the writer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from collector.normalize import normalize
from collector.otlp import Encoding, ReceivedSpan, decode_request
from collector.pricing import price_span
from collector.store.commit import Batch, WriteResult
from collector.store.payloads import compressor
from collector.store.rows import PayloadRow, ResourceScopeRow, SpanRow
from collector.store.writer import SpanWriter


@dataclass(slots=True)
class Prepared:
    """A decoded request, ready to be written."""

    batch: Batch
    rejected: list[str]
    """Why spans can't be stored, one reason each."""


def prepare(
    body: bytes,
    encoding: Encoding,
    *,
    project_id: str,
    max_spans: int,
    price: Callable[[SpanRow], None] = price_span,
) -> Prepared:
    """Everything that happens before the writer; pure but for the clock. Raises DecodeError, TooLarge.

    price: fills the cost of a row by the prices in force.
    """
    request = decode_request(body, encoding, max_spans=max_spans)
    received_ns = time.time_ns()
    compress = compressor()
    spans: list[SpanRow] = []
    payloads: list[PayloadRow] = []
    for received in request.spans:
        row = normalize(received, project_id=project_id, received_ns=received_ns)
        row.content_hash = _content_hash(received)
        price(row)
        spans.append(row)
        payloads.append(_payload(row, received, compress))
    scopes = [ResourceScopeRow(resource_scope_id=k, content=compress(v)) for k, v in request.resource_scopes.items()]
    return Prepared(Batch(spans, payloads, scopes, size_bytes=len(body)), request.rejected)


def submit(prepared: Prepared, writer: SpanWriter) -> Future[WriteResult]:
    """Resolves after COMMIT. Raises Overloaded when too much is waiting."""
    return writer.submit(prepared.batch)


def _content_hash(received: ReceivedSpan) -> bytes:
    """Equal for protobuf and JSON: it is taken of the decoded message."""
    return hashlib.blake2b(received.span_bytes + received.resource_scope_id, digest_size=16).digest()


def _payload(row: SpanRow, received: ReceivedSpan, compress: Callable[[bytes], bytes]) -> PayloadRow:
    return PayloadRow(
        project_id=row.project_id,
        trace_id=row.trace_id,
        span_id=row.span_id,
        resource_scope_id=received.resource_scope_id,
        span=compress(received.span_bytes),
    )
