"""A stand-in for msgtrace that keeps what it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

MSGTRACE = {"service": "msgtrace", "version": "0", "dashboard_url": "http://127.0.0.1:4321"}


@dataclass
class SentSpan:
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    service: str
    attributes: dict[str, object]
    events: list[tuple[str, dict[str, object]]]
    is_error: bool


class Sink:
    """Serves from the start until `close`. `health` is what GET /healthz answers; `busy` counts down answers of 503."""

    def __init__(self, port: int = 0) -> None:
        self.health: object = MSGTRACE
        self.busy = 0
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def spans(self) -> list[SentSpan]:
        return [span for body in self.bodies for span in _decode(body)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def tree(spans: list[SentSpan]) -> list[tuple[str, str | None]]:
    """(name, parent's name) of each span, by name; None for a root. Fails if a parent is missing."""
    names = {span.span_id: span.name for span in spans}
    return sorted((span.name, names[span.parent_id] if span.parent_id else None) for span in spans)


def _decode(body: bytes) -> list[SentSpan]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        _sent(span, str(_plain(resource.resource.attributes)["service.name"]))
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _sent(span: Span, service: str) -> SentSpan:
    return SentSpan(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        service=service,
        attributes=_plain(span.attributes),
        events=[(event.name, _plain(event.attributes)) for event in span.events],
        is_error=span.status.code == 2,
    )


def _plain(attributes: list[KeyValue]) -> dict[str, object]:
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in attributes}


def _handler(sink: Sink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(200, json.dumps(sink.health).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if sink.busy:
                sink.busy -= 1
                return self._answer(503)
            sink.bodies.append(body)
            sink.headers.append({name.lower(): value for name, value in self.headers.items()})
            return self._answer(200)

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A request is no news."""

    return Handler
