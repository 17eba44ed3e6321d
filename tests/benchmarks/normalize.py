"""What reading a span's meaning costs, beside the floor for taking it in at all, in the same run.

    python -m tests.benchmarks.normalize [--spans 20000] [--runs 7]

The floor: parse the request and walk it into tuples of ids and one JSON of attributes, nothing understood. Printed:
the best CPU time a span of each step over the runs, as spans a second on one core, and as a ratio to the floor. Each
request is decoded just before its spans are normalised and priced, as in the collector.

Normalising is everything but the messages, which are read when a span is looked at. What lists and versions need of
them at once (a line of what went in and came out, the hash of the system prompt, a tool's returned error) is printed
apart.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.normalize import Origin, origin_of, read_content, read_span
from collector.otlp import ReceivedSpan, decode_request
from collector.pricing import load, price_span
from collector.semconv.index import Fields
from collector.semconv.reading import read_fields
from collector.store.rows import SpanRow
from tests.benchmarks.load import Load

SPANS_A_REQUEST = 512


def floor(body: bytes) -> list[tuple[Any, ...]]:
    """Nothing but rows: what any collector has to do."""
    rows: list[tuple[Any, ...]] = []
    for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                told: dict[str, Any] = {}
                for attribute in span.attributes:
                    value = attribute.value
                    kind = value.WhichOneof("value")
                    told[attribute.key] = value.string_value if kind == "string_value" else getattr(value, kind, None)
                    if kind == "array_value":
                        told[attribute.key] = [item.string_value for item in value.array_value.values]
                ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                times = span.start_time_unix_nano, span.end_time_unix_nano
                rows.append((*ids, span.name, *times, span.status.code, orjson.dumps(told)))
    return rows


def decode(body: bytes) -> list[ReceivedSpan]:
    return list(decode_request(body, "protobuf", max_spans=SPANS_A_REQUEST).spans)


def read(spans: Iterable[ReceivedSpan]) -> list[tuple[SpanRow, ReceivedSpan, Fields]]:
    origins: dict[bytes, Origin] = {}
    found = []
    for span in spans:
        if span.resource_scope_id not in origins:
            origins[span.resource_scope_id] = origin_of(span)
        origin, fields = origins[span.resource_scope_id], read_fields(span.attributes)
        found.append((read_span(span, fields, origin, project_id="default", received_ns=1), span, fields))
    return found


def preview(found: Iterable[tuple[SpanRow, ReceivedSpan, Fields]]) -> None:
    for row, span, fields in found:
        read_content(row, span, fields)


def charge(found: Iterable[tuple[SpanRow, ReceivedSpan, Fields]]) -> None:
    for row, _, _ in found:
        price_span(row)


def measure(bodies: list[bytes]) -> dict[str, float]:
    """CPU seconds of each step over all bodies."""
    seconds = dict.fromkeys(("floor", "decode", "normalise", "preview", "price"), 0.0)

    def timed(step: str, work: Callable[[], Any]) -> Any:
        begun = time.process_time()
        found = work()
        seconds[step] += time.process_time() - begun
        return found

    for body in bodies:
        timed("floor", lambda body=body: floor(body))
        spans = timed("decode", lambda body=body: decode(body))
        found = timed("normalise", lambda spans=spans: read(spans))
        timed("preview", lambda found=found: preview(found))
        timed("price", lambda found=found: charge(found))
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    load()
    wanted = max(1, asked.spans // SPANS_A_REQUEST)
    bodies = [request.SerializeToString() for request in islice(Load().requests(SPANS_A_REQUEST), wanted)]
    spans = len(bodies) * SPANS_A_REQUEST
    measured = [measure(bodies) for _ in range(asked.runs)]
    best = {step: min(run[step] for run in measured) / spans * 1e6 for step in measured[0]}
    best["normalise + price"] = min(run["normalise"] + run["price"] for run in measured) / spans * 1e6
    best["with preview"] = best["normalise + price"] + best["preview"]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {asked.runs} runs, best")
    print(f"{spans} spans of {sum(map(len, bodies)) / spans:.0f} bytes")
    for step, cpu_us in best.items():
        print(
            f"{step:18} {cpu_us:6.2f} us a span {1e6 / cpu_us:9,.0f} spans/s {cpu_us / best['floor']:6.2f} of the floor"
        )


if __name__ == "__main__":
    main()
