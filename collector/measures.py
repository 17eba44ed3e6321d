"""What a collector counts about itself, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

from collector.store.batch import Batch, WriteResult
from collector.store.writer import Outcome

SPAN_OUTCOMES = ("stored", "duplicate", "conflict", "rejected")
LOG_OUTCOMES = ("stored", "duplicate", "joined", "dropped", "expired", "rejected")
_COMMIT_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Measures:
    """Of one collector, in a registry of its own: a process may run several."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        spans = Counter(
            "msgtrace_spans",
            "Spans taken, by what became of them.",
            ["outcome"],
            registry=registry,
        )
        logs = Counter(
            "msgtrace_log_records",
            "Log records taken, by what became of them: joined to their span, dropped since they say nothing about "
            "one, expired while they waited for it.",
            ["outcome"],
            registry=registry,
        )
        self._requests = Counter(
            "msgtrace_requests", "Requests that bring something, answered.", ["signal", "status"], registry=registry
        )
        self._of = cache(lambda signal, status: self._requests.labels(signal, str(status)))
        self._commits = Histogram(
            "msgtrace_commit_duration_seconds",
            "Time from the begin of a group's transaction until it is on disk.",
            registry=registry,
            buckets=_COMMIT_BUCKETS_S,
        )
        self.spans = {outcome: spans.labels(outcome) for outcome in SPAN_OUTCOMES}
        self.logs = {outcome: logs.labels(outcome) for outcome in LOG_OUTCOMES}

    def gauge(self, name: str, about: str, read: Callable[[], float]) -> None:
        """A value that is read when somebody asks."""
        Gauge(name, about, registry=self._registry).set_function(read)

    def answered(self, signal: str, response: Response) -> Response:
        self._of(signal, response.status_code).inc()
        return response

    def committed(self, seconds: float, batches: Sequence[Batch], outcomes: Sequence[Outcome]) -> None:
        """Called by the writer, so that what is stored after its request was given up counts too."""
        self._commits.observe(seconds)
        for batch, outcome in zip(batches, outcomes, strict=True):
            if isinstance(outcome, WriteResult):
                self._count(batch, outcome)

    def _count(self, batch: Batch, result: WriteResult) -> None:
        kind = self.logs if batch.logs else self.spans
        if batch.logs or batch.spans:
            kind["stored"].inc(result.stored)
            kind["duplicate"].inc(result.duplicates)
            kind["rejected"].inc(len(result.rejected))
        self.spans["conflict"].inc(result.conflicts)
        self.logs["joined"].inc(result.joined)
        self.logs["expired"].inc(result.dropped)

    def text(self) -> bytes:
        return generate_latest(self._registry)
