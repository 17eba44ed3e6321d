"""GET /metrics: Prometheus text about the collector itself, for those who may read."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from collector.access import authorize
from collector.answers import error_answer
from collector.config import Settings
from collector.errors import Retryable, Unauthorized
from collector.measures import Measures
from collector.receiver import Receiver
from collector.store.reads.waiting import count_waiting_logs
from collector.store.writer import SpanWriter


class MetricsPage:
    def __init__(
        self, settings: Settings, engine: Engine, writer: SpanWriter, receiver: Receiver, measures: Measures
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._measures = measures
        measures.gauge(
            "msgtrace_queued_spans", "Spans and log records that wait for their commit.", lambda: writer.queued_spans
        )
        measures.gauge(
            "msgtrace_in_flight_bytes",
            "Bytes of the requests that are being read, decoded or written.",
            lambda: receiver.bytes_in_flight,
        )
        measures.gauge(
            "msgtrace_log_records_waiting",
            "Log records in the database whose span isn't there; not a number while the database is away.",
            self._waiting_logs,
        )

    async def page(self, request: Request) -> Response:
        try:
            authorize(request.headers, self._settings)
        except Unauthorized as error:
            return error_answer(error)
        text = await run_in_threadpool(self._measures.text)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _waiting_logs(self) -> float:
        try:
            return count_waiting_logs(self._engine)
        except Retryable:
            return float("nan")
