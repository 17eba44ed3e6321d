"""What `quick_start()` gives back."""

from __future__ import annotations

import threading
from types import TracebackType

from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from .discovery import Server
from .exporter import Exporter

EXIT_S = 3.0


class Observer:
    """The way from this program to msgtrace. As a context manager it flushes on exit."""

    def __init__(self, server: Server | None = None, api_key: str | None = None) -> None:
        self.endpoint = server.base if server else None
        """Where spans go, for example "http://127.0.0.1:4318". None: there is no msgtrace, and nothing is sent."""
        self.url = server.dashboard_url if server else None
        """The dashboard. None when nothing is sent."""
        self._exporter = Exporter(server.base, api_key) if server else None
        self.span_processor: SpanProcessor | None = BatchSpanProcessor(self._exporter) if self._exporter else None
        """For a program with its own TracerProvider: `provider.add_span_processor(observer.span_processor)` sends that
        provider's spans to msgtrace as well. None when nothing is sent."""

    @property
    def last_trace_id(self) -> str | None:
        """The trace whose root arrived last, as 32 hex digits. None before the first."""
        return self._exporter.last_trace_id if self._exporter else None

    @property
    def last_trace_url(self) -> str | None:
        """That trace in the dashboard."""
        return f"{self.url}/trace?trace={self.last_trace_id}" if self.last_trace_id else None

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Whether msgtrace has taken every span that ended since the last flush. Waits no longer than `timeout_s`."""
        if self._exporter is None or self.span_processor is None:
            return False
        sending = threading.Thread(target=self.span_processor.force_flush, name="msgtrace-flush", daemon=True)
        sending.start()
        sending.join(timeout_s)
        return not sending.is_alive() and self._exporter.take_lost_spans() == 0

    def close(self) -> None:
        """Sends what is left, within a few seconds, and ends. Runs by itself when the program ends."""
        if self._exporter and self.span_processor:
            self._exporter.hurry(EXIT_S)
            self.span_processor.shutdown()

    def __enter__(self) -> Observer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.flush()

    def __repr__(self) -> str:
        return f"Observer(endpoint={self.endpoint!r}, url={self.url!r})"
