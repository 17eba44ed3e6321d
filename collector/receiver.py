"""POST handlers: media type, key, limits, body, decode, ingest, OTLP answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import orjson
from google.rpc.status_pb2 import Status
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from collector.access import authorize
from collector.body import ByteBudget, read_body
from collector.config import Settings
from collector.decoder import Question
from collector.decoding import Decoding, Stored
from collector.errors import DecodeError, LateBody, MsgtraceError, NotFound, TooLarge, Unauthorized
from collector.ingest import Prepared, complete, prepare_logs, submit
from collector.measures import Measures
from collector.otlp import Encoding, encode_response
from collector.receipts import ReceiptBook, Seen, is_refused, receipt
from collector.store.batch import WriteResult
from collector.store.rows import SpanRow
from collector.store.writer import SpanWriter
from collector.waiting import committed, in_time

MEDIA_TYPES: dict[str, Encoding] = {"application/x-protobuf": "protobuf", "application/json": "json"}
MEDIA_TYPE_OF: dict[Encoding, str] = {encoding: media_type for media_type, encoding in MEDIA_TYPES.items()}
RETRY_AFTER_S = 1
"""The OpenTelemetry SDKs give up after ten seconds in all, so anything longer loses the batch."""
MAX_MESSAGE = 1_000
LARGE_BYTES = 32 * 1024
"""Of a body: to read it in the event loop would hold everything else."""
_LEAST_BYTES_S = 5 * 2**20
"""That are read of a body, which comes before its commit."""
_RPC_CODES = {400: 3, 401: 16, 404: 5, 413: 3, 415: 3, 503: 14}

Take = Callable[[bytes, Encoding, str], Awaitable[Stored]]
"""Reads a body for a project and stores what it says."""
Receive = Callable[[Request, Encoding, Seen], Awaitable[bytes]]
"""Reads a request and stores it; returns the body of the answer."""

log = logging.getLogger(__name__)


class Receiver:
    """Answers OTLP exports. 200 is sent after COMMIT, never before."""

    def __init__(
        self,
        settings: Settings,
        writer: SpanWriter,
        measures: Measures,
        receipts: ReceiptBook,
        decoding: Decoding,
        price: Callable[[SpanRow], None],
    ) -> None:
        """decoding: for large requests. price: fills the cost of a row by the prices in force."""
        self._settings = settings
        self._decoding = decoding
        self._price = price
        self._writer = writer
        self._measures = measures
        self._receipts = receipts
        self._budget = ByteBudget(settings.max_in_flight_bytes)

    @property
    def bytes_in_flight(self) -> int:
        return self._budget.used

    async def traces(self, request: Request) -> Response:
        return await self._answered("traces", request, self._store_traces)

    async def logs(self, request: Request) -> Response:
        return await self._answered("logs", request, self._store_logs)

    async def ignored(self, request: Request) -> Response:
        """Metrics: read, answered, and dropped."""
        return await self._answered("metrics", request, self._drop)

    async def lost(self, request: Request) -> Response:
        """A path beside the right one, such as /v1/traces/v1/traces: listed, so that it can be found out."""
        return await self._answered("nothing", request, self._refuse_path)

    async def _answered(self, signal: str, request: Request, receive: Receive) -> Response:
        seen = Seen()
        response = await self._answer(request, receive, seen)
        status = response.status_code
        line = partial(
            receipt,
            request.headers,
            self._settings,
            path=request.scope["path"],
            server=request.scope.get("server"),
            time_ns=time.time_ns(),
            signal=signal,
            seen=seen,
            status=status,
            queued_spans=self._writer.queued_spans,
        )
        self._receipts.note(line, is_refused=is_refused(status, seen))
        return self._measures.answered(signal, response)

    async def _answer(self, request: Request, receive: Receive, seen: Seen) -> Response:
        def failed(status: int, message: str, encoding: Encoding) -> Response:
            seen.reason = message
            return _failure(status, message, encoding)

        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        encoding = MEDIA_TYPES.get(media_type)
        if encoding is None:
            wanted = " or ".join(MEDIA_TYPES)
            return failed(415, f"content type {media_type[:100]!r} is not OTLP: send {wanted}", "json")
        try:
            content = await receive(request, encoding, seen)
        except MsgtraceError as error:
            failure = failed(_status_of(error), str(error), encoding)
            if isinstance(error, LateBody):
                failure.headers["Connection"] = "close"  # or it could go on dripping for ever
            return failure
        except ClientDisconnect:
            return failed(400, "the client went away", encoding)
        except Exception:  # a fault of ours: the client has to keep the batch and send it again, a 500 would drop it
            log.exception("an export request failed")
            return failed(503, "an internal fault; the batch may be sent again", encoding)
        return Response(content, 200, media_type=MEDIA_TYPE_OF[encoding])

    async def _store_traces(self, request: Request, encoding: Encoding, seen: Seen) -> bytes:
        prepared, result = await self._store(request, encoding, seen, self._take_spans)
        self._measures.spans["rejected"].inc(len(prepared.rejected))
        reasons = [*prepared.rejected, *result.rejected]
        message = _why(reasons, "spans")
        if reasons and not prepared.batch.spans:
            message += ". Log records belong to /v1/logs"
        seen.reason = message
        return encode_response(encoding, rejected=len(reasons), message=message[:MAX_MESSAGE])

    async def _store_logs(self, request: Request, encoding: Encoding, seen: Seen) -> bytes:
        prepared, result = await self._store(request, encoding, seen, self._take_logs)
        self._measures.logs["dropped"].inc(prepared.dropped)
        self._measures.logs["rejected"].inc(len(prepared.rejected))
        reasons = [*prepared.rejected, *result.rejected]
        message = seen.reason = _why(reasons, "log records")[:MAX_MESSAGE]
        return encode_response(encoding, rejected=len(reasons), message=message, rejected_name="rejectedLogRecords")

    async def _store(
        self, request: Request, encoding: Encoding, seen: Seen, take: Take
    ) -> tuple[Prepared, WriteResult]:
        project_id = authorize(request.headers, self._settings)
        with self._budget.reserve() as reservation:
            body = await self._body(request, reservation.take)
            prepared, result = await take(body, encoding, project_id)
            batch = prepared.batch
            seen.items = batch.row_count + len(prepared.rejected) + prepared.dropped
            seen.first_span = batch.spans[0] if batch.spans else None
            seen.duplicates = result.duplicates
            seen.rejected = len(prepared.rejected) + len(result.rejected)
            return prepared, result

    async def _take_spans(self, body: bytes, encoding: Encoding, project_id: str) -> Stored:
        settings = self._settings
        question = Question(body, encoding, project_id, settings.max_spans_per_request, settings.promoted)
        if len(body) >= LARGE_BYTES:
            deadline_s = settings.commit_deadline_s + len(body) / _LEAST_BYTES_S
            return await committed(self._decoding.store(question), deadline_s)
        return await self._write(complete(question.read(self._writer.bases), len(body), self._price))

    async def _take_logs(self, body: bytes, encoding: Encoding, project_id: str) -> Stored:
        read = partial(prepare_logs, project_id=project_id, max_spans=self._settings.max_spans_per_request)
        if len(body) >= LARGE_BYTES:
            return await self._write(await run_in_threadpool(read, body, encoding))
        return await self._write(read(body, encoding))

    async def _write(self, prepared: Prepared) -> Stored:
        if not prepared.batch.row_count:
            return prepared, WriteResult()
        return prepared, await committed(submit(prepared, self._writer), self._settings.commit_deadline_s)

    async def _refuse_path(self, request: Request, _encoding: Encoding, _seen: Seen) -> bytes:
        authorize(request.headers, self._settings)
        raise NotFound("nothing is taken at this path: spans belong to /v1/traces, log records to /v1/logs")

    async def _drop(self, request: Request, encoding: Encoding, _seen: Seen) -> bytes:
        authorize(request.headers, self._settings)
        with self._budget.reserve() as reservation:
            await self._body(request, reservation.take)
        return encode_response(encoding)

    async def _body(self, request: Request, take: Callable[[int], None]) -> bytes:
        limit = self._settings.max_body_bytes
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise TooLarge(f"the body is larger than {limit} bytes")
        encoding = request.headers.get("content-encoding", "")
        return await in_time(read_body(request.stream(), encoding, limit=limit, take=take))


def _why(reasons: Sequence[str], rejected: str) -> str:
    return f"{len(reasons)} {rejected} rejected: " + "; ".join(sorted(set(reasons))) if reasons else ""


def _status_of(error: MsgtraceError) -> int:
    if isinstance(error, Unauthorized):
        return 401
    if isinstance(error, TooLarge):
        return 413
    if isinstance(error, NotFound):
        return 404
    return 400 if isinstance(error, DecodeError) else 503


def _failure(status: int, message: str, encoding: Encoding) -> Response:
    """A google.rpc.Status in the request's encoding, as OTLP wants every 4xx and 5xx body to be."""
    code, message = _RPC_CODES[status], message[:MAX_MESSAGE]
    content = (
        Status(code=code, message=message).SerializeToString()
        if encoding == "protobuf"
        else orjson.dumps({"code": code, "message": message})
    )
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
    return Response(content, status, headers, media_type=MEDIA_TYPE_OF[encoding])
