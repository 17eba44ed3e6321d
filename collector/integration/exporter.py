"""Spans to one msgtrace, and to nobody else."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from http.client import HTTPException
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from .discovery import Stranger, greet

RETRY_S = 10.0

_log = logging.getLogger("msgtrace")


class Refused(Exception):
    """msgtrace will not take these spans, now or later."""


class Busy(Exception):
    """msgtrace asks to try again."""


class Exporter(SpanExporter):
    """Sends over a connection on which msgtrace has just said its name.

    OpenTelemetry's own exporter adds the headers and proxies the environment holds for other collectors, goes on
    sending when another program takes over the port, and can hold up the end of a program for half a minute.
    """

    def __init__(self, base: str, api_key: str | None) -> None:
        self._base = base
        self._headers = {"Content-Type": "application/x-protobuf"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._lost_spans = 0
        self._has_warned = False
        self._give_up_at = math.inf  # on time.monotonic()
        self.last_trace_id: str | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        body = encode_spans(spans).SerializeToString()
        patience_ends = time.monotonic() + RETRY_S
        while time.monotonic() < self._give_up_at:
            try:
                self._post(body)
            except (Stranger, Refused) as error:
                return self._lose(len(spans), error)
            except (Busy, OSError, HTTPException) as error:
                program_ends = self._give_up_at < math.inf
                if time.monotonic() > patience_ends or (program_ends and not isinstance(error, Busy)):
                    return self._lose(len(spans), error)
                time.sleep(1.0)
            else:
                return self._keep(spans)
        return self._lose(len(spans), "the program ended")

    def hurry(self, seconds: float) -> None:
        """From now on, waits for an absent msgtrace no more, and for a busy one no longer than `seconds` in all."""
        self._give_up_at = time.monotonic() + seconds

    def take_lost_spans(self) -> int:
        """How many spans were lost since this was last asked."""
        lost, self._lost_spans = self._lost_spans, 0
        return lost

    def _post(self, body: bytes) -> None:
        connection, _ = greet(self._base)
        try:
            connection.request("POST", f"{urlsplit(self._base).path}/v1/traces", body, self._headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        if status in (429, 502, 503, 504):
            raise Busy(f"{self._base} answers {status}")
        if status != 200:
            raise Refused(f"{self._base} answers {status}")

    def _keep(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._has_warned = False
        for span in spans:
            if span.parent is None and span.context:
                self.last_trace_id = f"{span.context.trace_id:032x}"
        return SpanExportResult.SUCCESS

    def _lose(self, count: int, reason: object) -> SpanExportResult:
        # One warning an outage: a msgtrace that stays away must not fill the program's log.
        _log.log(logging.DEBUG if self._has_warned else logging.WARNING, "msgtrace lost %d spans: %s", count, reason)
        self._has_warned = True
        self._lost_spans += count
        return SpanExportResult.FAILURE
