"""Requests exactly as released client libraries sent them, with facts that are known independently of them.

`recordings/<client>/<nn>.bin.gz` is a body, `recordings/index.json` tells each run: what the program did, with which
versions, and what the model's API reported (`usage`: what of it the client passed on). To add one, put the gzipped
bodies beside the others, name them in the index, and renew the golden files (see `test_golden`).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from starlette.testclient import TestClient

from collector.otlp import attributes_of
from collector.otlp_json import request_from_json

FOLDER = Path(__file__).with_name("recordings")


@dataclass(frozen=True)
class Body:
    path: str
    content_type: str
    content_encoding: str | None
    content: bytes
    """Inflated."""

    @property
    def holds_spans(self) -> bool:
        return not self.path.endswith(("/logs", "/metrics"))


@dataclass(frozen=True)
class Run:
    client: str
    name: str
    bodies: tuple[Body, ...]
    session: str | None
    user: str | None
    usage: dict[str, int]
    """input, output, cache_read, cache_write: what the client passed on, once."""
    reported: dict[str, int | None]
    """cache_read and cache_write as the model's API reported them."""

    def __str__(self) -> str:
        return f"{self.client}-{self.name}"

    def says(self, value: str) -> bool:
        return any(value.encode() in body.content for body in self.bodies)


@cache
def runs() -> tuple[Run, ...]:
    told = json.loads((FOLDER / "index.json").read_text())
    return tuple(
        Run(
            client=run["client"],
            name=run["run"],
            bodies=tuple(map(_body, run["bodies"])),
            session=run["session"],
            user=run["user"],
            usage=run["usage"],
            reported=run["reported"],
        )
        for run in told
    )


def spans_of(run: Run) -> Iterator[Span]:
    """Every span that was really meant: placeholders for running ones (Logfire) are not."""
    for body in filter(lambda body: body.holds_spans, run.bodies):
        if "json" in body.content_type:
            request, _ = request_from_json(body.content, max_spans=10_000)
        else:
            request = ExportTraceServiceRequest.FromString(body.content)
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    if attributes_of(span.attributes).get("logfire.span_type") != "pending_span":
                        yield span


def is_error(span: Span) -> bool:
    return bool(span.status.code == Status.STATUS_CODE_ERROR)


def post(client: TestClient, body: Body) -> int:
    headers = {"Content-Type": body.content_type}
    content = body.content
    if body.content_encoding:
        headers["Content-Encoding"] = body.content_encoding
        content = gzip.compress(content)
    return client.post(body.path, content=content, headers=headers).status_code


def _body(told: dict[str, str]) -> Body:
    return Body(
        path=told["path"],
        content_type=told["content_type"],
        content_encoding=told["content_encoding"],
        content=gzip.decompress((FOLDER / told["file"]).read_bytes()),
    )
