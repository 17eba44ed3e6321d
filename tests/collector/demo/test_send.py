"""Sending, against a small server that answers what the test says."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from collector.demo.generate import generate
from collector.demo.send import send
from collector.errors import ConfigurationError, Overloaded, Permanent, Retryable, Unauthorized
from tests.collector.demo.month import NOW_NS

Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, ExportTraceServiceResponse().SerializeToString())


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    request: ExportTraceServiceRequest


@dataclass
class Server:
    endpoint: str
    answers: list[Answer]
    """Given one after the other; then OK."""
    received: list[Received] = field(default_factory=list)
    connections: int = 0


@contextmanager
def serve(*answers: Answer, hangs_up: bool = False) -> Iterator[Server]:
    """`hangs_up`: closes the connection after each answer without saying so."""
    server = Server("", list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = gzip.decompress(self.rfile.read(int(self.headers["Content-Length"])))
            server.received.append(Received(self.path, dict(self.headers), ExportTraceServiceRequest.FromString(body)))
            status, headers, answer = server.answers.pop(0) if server.answers else OK
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)
            self.close_connection = hangs_up

        def log_message(self, format: str, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = False
    server.endpoint = f"http://127.0.0.1:{httpd.server_address[1]}"
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


@pytest.fixture
def requests() -> list[ExportTraceServiceRequest]:
    return list(generate(NOW_NS, days=2, traces_per_day=40))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("collector.demo.send.time.sleep", waited.append)
    return waited


def count_spans(requests: list[ExportTraceServiceRequest]) -> int:
    return sum(
        len(scope.spans) for request in requests for group in request.resource_spans for scope in group.scope_spans
    )


def quiet(_done: int, _total: int | None) -> None:
    pass


def test_everything_arrives_over_one_connection(requests: list[ExportTraceServiceRequest]) -> None:
    steps: list[tuple[int, int | None]] = []
    with serve() as server:
        accepted = send(
            requests,
            server.endpoint,
            api_key="k1",
            progress=lambda done, total: steps.append((done, total)),
            total_traces=90,
        )
    assert accepted == count_spans(requests)
    assert [received.request for received in server.received] == requests
    assert server.connections == 1
    first = server.received[0]
    assert first.path == "/v1/traces"
    assert first.headers["Content-Type"] == "application/x-protobuf"
    assert first.headers["Authorization"] == "Bearer k1"
    assert len(steps) == len(requests)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert {total for _, total in steps} == {90}


def test_without_a_key_no_authorization_is_sent(requests: list[ExportTraceServiceRequest]) -> None:
    with serve() as server:
        send(requests[:1], f"{server.endpoint}/", api_key=None, progress=quiet)
    assert "Authorization" not in server.received[0].headers
    assert server.received[0].path == "/v1/traces"


def test_a_busy_collector_gets_the_same_request_again_after_the_wait_it_asked_for(
    requests: list[ExportTraceServiceRequest], waits: list[float]
) -> None:
    with serve((503, {"Retry-After": "3"}, b""), (503, {}, b"")) as server:
        accepted = send(requests[:1], server.endpoint, api_key=None, progress=quiet)
    assert waits == [3.0, 1.0]
    assert [received.request for received in server.received] == [requests[0]] * 3
    assert accepted == count_spans(requests[:1])


def test_a_collector_that_stays_busy_is_given_up(requests: list[ExportTraceServiceRequest], waits: list[float]) -> None:
    with serve(*[(503, {"Retry-After": "1"}, b"")] * 99) as server, pytest.raises(Overloaded, match="503"):
        send(requests[:1], server.endpoint, api_key=None, progress=quiet)
    assert len(server.received) == len(waits) + 1


def test_a_wrong_key_is_told_at_once(requests: list[ExportTraceServiceRequest], waits: list[float]) -> None:
    reason = Status(code=16, message="unknown key").SerializeToString()
    with serve((401, {}, reason)) as server, pytest.raises(Unauthorized, match=r"401.*unknown key"):
        send(requests, server.endpoint, api_key="wrong", progress=quiet)
    assert len(server.received) == 1
    assert waits == []


def test_a_refusal_carries_its_reason(requests: list[ExportTraceServiceRequest]) -> None:
    with serve((400, {}, b"\xffnot a status")) as server, pytest.raises(Permanent, match=r"400.*not a status"):
        send(requests[:1], server.endpoint, api_key=None, progress=quiet)


def test_rejected_spans_are_not_counted_as_accepted(requests: list[ExportTraceServiceRequest]) -> None:
    partial = ExportTraceServiceResponse(partial_success=ExportTracePartialSuccess(rejected_spans=2))
    with serve((200, {}, partial.SerializeToString())) as server:
        accepted = send(requests[:1], server.endpoint, api_key=None, progress=quiet)
    assert accepted == count_spans(requests[:1]) - 2


def test_a_connection_that_was_closed_in_between_is_opened_again(requests: list[ExportTraceServiceRequest]) -> None:
    with serve(hangs_up=True) as server:
        accepted = send(requests, server.endpoint, api_key=None, progress=quiet)
    assert accepted == count_spans(requests)
    assert server.connections == len(requests) > 1


def test_nobody_there_is_said_with_the_address(requests: list[ExportTraceServiceRequest]) -> None:
    with serve() as server:
        gone = server.endpoint
    with pytest.raises(Retryable, match=gone):
        send(requests[:1], gone, api_key=None, progress=quiet)


@pytest.mark.parametrize("endpoint", ["localhost:4318", "ftp://localhost", "http://"])
def test_an_address_that_is_not_http_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="http"):
        send([], endpoint, api_key=None, progress=quiet)
