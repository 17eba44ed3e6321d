"""Requests to a collector, over OTLP/HTTP as any client sends them."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError as ProtobufDecodeError
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from collector.demo.generate import count_traces, generate
from collector.errors import ConfigurationError, Overloaded, Permanent, Retryable, Unauthorized

TIMEOUT_S = 30.0
TRIES = 20
"""Of one request, before it is given up."""
LONGEST_WAIT_S = 30.0
RETRYABLE_STATUSES = frozenset({429, 502, 503, 504})

DEMO_DIMENSIONS = "team=service.namespace"
"""What the demo's costs can be grouped by, where no dimensions of one's own are set."""
DAYS = 61
"""The present month and the whole one before it, for cost reports to hold against each other."""

Progress = Callable[[int, int | None], None]


def send_demo(endpoint: str, *, api_key: str | None, progress: Progress) -> int:
    """`send` for the two months that end now."""
    now_ns = time.time_ns()
    total = count_traces(now_ns, days=DAYS)
    return send(generate(now_ns, days=DAYS), endpoint, api_key=api_key, progress=progress, total_traces=total)


def send(
    requests: Iterable[ExportTraceServiceRequest],
    endpoint: str,
    *,
    api_key: str | None,
    progress: Progress,
    total_traces: int | None = None,
) -> int:
    """The number of spans that were accepted.

    `progress` gets the number of traces sent so far and `total_traces` after each request. Waits as told by a collector
    that is busy. Raises Unauthorized, Permanent (refused), Overloaded (busy for too long) or Retryable (nobody
    answers).
    """
    sender = _Sender(endpoint, api_key)
    accepted = traces = 0
    try:
        for request in requests:
            accepted += _count_spans(request) - sender.post(request)
            traces += _count_roots(request)
            progress(traces, total_traces)
    finally:
        sender.close()
    return accepted


class _Sender:
    """One kept-alive connection to one endpoint."""

    def __init__(self, endpoint: str, api_key: str | None) -> None:
        url = urlsplit(endpoint)
        if url.scheme not in ("http", "https") or url.hostname is None:
            raise ConfigurationError(f"{endpoint!r} is not an http(s) address")
        self.endpoint = endpoint
        self.path = f"{url.path.rstrip('/')}/v1/traces"
        connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
        self.connection = connect(url.hostname, url.port, timeout=TIMEOUT_S)
        self.headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
        if api_key:
            self.headers["Authorization"] = f"Bearer {api_key}"

    def close(self) -> None:
        self.connection.close()

    def post(self, request: ExportTraceServiceRequest) -> int:
        """The number of spans the collector rejected."""
        # The fastest level: the way is short, and the collector inflates all levels alike.
        body = gzip.compress(request.SerializeToString(), compresslevel=1, mtime=0)
        for attempt in range(TRIES):
            status, retry_after, answer = self._exchange(body)
            if status == 200:
                return _rejected(answer)
            if status not in RETRYABLE_STATUSES:
                raise _refusal(status, answer)
            if attempt < TRIES - 1:
                time.sleep(_wait_s(retry_after))
        raise Overloaded(f"{self.endpoint} answered {status} to {TRIES} tries")

    def _exchange(self, body: bytes) -> tuple[int, str | None, bytes]:
        # A server may close an idle connection at any time: what failed on an old one is tried once on a new one.
        is_reused = self.connection.sock is not None
        try:
            return self._exchange_once(body)
        except (OSError, HTTPException) as error:
            self.connection.close()
            if not is_reused:
                raise Retryable(f"{self.endpoint} does not answer: {error}") from error
        return self._exchange(body)

    def _exchange_once(self, body: bytes) -> tuple[int, str | None, bytes]:
        self.connection.request("POST", self.path, body, self.headers)
        with self.connection.getresponse() as response:
            return response.status, response.getheader("Retry-After"), response.read()


def _wait_s(retry_after: str | None) -> float:
    """Seconds; 1 when the server named none, or named a date."""
    if retry_after is None or not retry_after.strip().isdigit():
        return 1.0
    return min(float(retry_after), LONGEST_WAIT_S)


def _rejected(answer: bytes) -> int:
    try:
        return int(ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans)
    except ProtobufDecodeError as error:
        raise Permanent("the endpoint does not answer as an OTLP collector does") from error


def _refusal(status: int, answer: bytes) -> Permanent:
    try:
        reason = Status.FromString(answer).message
    except ProtobufDecodeError:
        reason = answer[:200].decode(errors="replace")
    if status in (401, 403):
        return Unauthorized(f"the collector refused the API key ({status}): {reason}")
    return Permanent(f"the collector refused the spans ({status}): {reason}")


def _count_spans(request: ExportTraceServiceRequest) -> int:
    return sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)


def _count_roots(request: ExportTraceServiceRequest) -> int:
    return sum(
        not span.parent_span_id
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    )
