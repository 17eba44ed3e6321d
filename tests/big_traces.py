"""Traces of many spans, as agents send them that loop through the night."""

from __future__ import annotations

import urllib.request

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.collector.otlp_requests import START_NS, body, proto_span

SPANS_A_REQUEST = 2_000
_STEP_NS = 1_000_000_000
_TURNS = (("chat", "chat"), ("search", "execute_tool"), ("read_page", "execute_tool"), ("POST", ""))


def big_trace(span_count: int, trace_id: str) -> list[Span]:
    """A root, and below it turns of an agent with a model call, two tools and a request; every 97th span failed."""
    ids = {"trace_id": bytes.fromhex(trace_id)}
    times = {
        "start_time_unix_nano": START_NS,
        "end_time_unix_nano": START_NS + span_count * _STEP_NS,
    }
    spans = [proto_span(1, name="night run", parent_span_id=b"", **ids, **times)]
    while len(spans) < span_count:
        number = len(spans) + 1
        turn = (number - 2) % 5
        parent = 1 if turn == 0 else number - 1 if turn == 4 else number - turn
        name, operation = ("turn", "invoke_agent") if turn == 0 else _TURNS[turn - 1]
        start_ns = START_NS + number * _STEP_NS
        spans.append(
            proto_span(
                number,
                name=f"{name} {number}" if turn == 0 else name,
                parent_span_id=parent.to_bytes(8),
                start_time_unix_nano=start_ns,
                end_time_unix_nano=start_ns + (4 - turn % 4) * _STEP_NS,
                attributes={"gen_ai.operation.name": operation} if operation else {},
                status=Status(code=Status.STATUS_CODE_ERROR if number % 97 == 0 else Status.STATUS_CODE_UNSET),
                **ids,
            )
        )
    return spans


def send_big_trace(url: str, span_count: int, trace_id: str) -> None:
    """To the server at `url`, some thousand spans a request."""
    spans = big_trace(span_count, trace_id)
    for start in range(0, span_count, SPANS_A_REQUEST):
        content = body(*spans[start : start + SPANS_A_REQUEST])
        headers = {"Content-Type": "application/x-protobuf"}
        request = urllib.request.Request(f"{url}/v1/traces", content, headers, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
