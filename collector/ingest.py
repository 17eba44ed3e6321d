"""The pipeline as prose: decode, normalise, price, hand to the writer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache

from collector.dimensions import Dimension
from collector.normalize_logs import SpanKey, normalize_log, read_scores
from collector.otlp import Encoding
from collector.otlp_logs import decode_logs
from collector.pricing import price_span
from collector.reading import Reading, read_traces
from collector.store.batch import Batch, WriteResult
from collector.store.packing import Bases
from collector.store.payloads import SMALL, compressor
from collector.store.rows import LogRow, ResourceScopeRow, ScoreRow, SpanRow
from collector.store.writer import SpanWriter


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
    reading = read_traces(
        body, encoding, project_id=project_id, max_spans=max_spans, dimensions=dimensions, bases=bases
    )
    return complete(reading, len(body), price)


def complete(reading: Reading, size_bytes: int, price: Callable[[SpanRow], None]) -> Prepared:
    """size_bytes: of the request."""
    for row in reading.spans:
        price(row)
    scopes = _scopes(reading.resource_scopes)
    batch = Batch(reading.spans, reading.pieces, scopes, size_bytes, event_scores=reading.event_scores)
    return Prepared(batch, reading.rejected)


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
    scopes = _scopes(request.resource_scopes)
    batch = Batch(resource_scopes=scopes, size_bytes=len(body), logs=logs, event_scores=scores)
    return Prepared(batch, request.rejected, request.dropped)


def submit(prepared: Prepared, writer: SpanWriter) -> Future[WriteResult]:
    """Resolves after COMMIT. Raises Overloaded when too much is waiting."""
    return writer.submit(prepared.batch)


def _scopes(contents: dict[bytes, bytes]) -> list[ResourceScopeRow]:
    return [ResourceScopeRow(resource_scope_id=key, content=_compressed(content)) for key, content in contents.items()]


def _compressed(content: bytes) -> bytes:
    return _compressed_before(content) if len(content) <= SMALL else compressor()(content)


@lru_cache(maxsize=256)  # a service sends the same resource with every request
def _compressed_before(content: bytes) -> bytes:
    return compressor()(content)
