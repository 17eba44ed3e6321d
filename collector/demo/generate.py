"""A plan of runs to OTLP requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from collector.demo.plan import Run, Scene, plan_runs
from collector.demo.spans import Origin, Trace, build_spans, encode_attributes
from collector.demo.steps import Step
from collector.demo.workflows.code_review import review
from collector.demo.workflows.digest import digest
from collector.demo.workflows.invoice import extract
from collector.demo.workflows.rag import query
from collector.demo.workflows.research import research
from collector.demo.workflows.support_agent import resolve
from collector.demo.workflows.support_bot import answer

SPANS_A_REQUEST = 512
TRACES_A_DAY = 125

PAIR_BEFORE_TRACE_ID = "b07d41fe6a2c4c5d9e38f1046d7a91ac"
"""support-agent.resolve, version 42: ok, 34 spans."""
PAIR_AFTER_TRACE_ID = "3fc19ab05d7e4b1f8a6204c97be3e4d2"
"""support-agent.resolve, version 43: its search was retried three times, 41 spans."""
TWO_THOUSAND_TRACE_ID = "7d0e5b1c92f84a36b5c0d81e4f6a2000"
"""nightly.digest with 2,000 spans."""
RUNAWAY_TRACE_ID = "c15a8e0f47b24d0c9f7361d2a8b45c12"
"""The nightly.digest, twelve days back, on which the cost jumps."""

TRACE_IDS: dict[Scene, str] = {
    "pair_before": PAIR_BEFORE_TRACE_ID,
    "pair_after": PAIR_AFTER_TRACE_ID,
    "two_thousand": TWO_THOUSAND_TRACE_ID,
    "runaway": RUNAWAY_TRACE_ID,
}
WORKFLOWS: dict[str, Callable[[Run, Random], Step]] = {
    "support-bot.answer": answer,
    "support-agent.resolve": resolve,
    "research-agent.run": research,
    "rag.query": query,
    "nightly.digest": digest,
    "code-review.pr": review,
    "invoice.extract": extract,
}
SERVICES = {
    "shop-assistant": ("customer-care", ("5.0.4", "5.1.0", "5.1.1", "5.2.0", "5.2.1")),
    "insights": ("research", ("1.18.0", "1.19.0", "1.20.2")),
    "back-office": ("operations", ("2.6.1", "2.7.0", "2.7.3")),
}
"""service.name: the team that owns it, and its releases over the period."""
NEWEST_BACK_OFFICE = "2.8.0"
"""Live for less than a day: the release that brought the new error."""
SERVICE_OF = {
    "support-bot.answer": "shop-assistant",
    "support-agent.resolve": "shop-assistant",
    "research-agent.run": "insights",
    "rag.query": "insights",
    "nightly.digest": "insights",
    "code-review.pr": "back-office",
    "invoice.extract": "back-office",
}

ScopedSpan = tuple[Origin, str, Span]


def count_traces(now_ns: int, days: int = 30, seed: int = 7, traces_per_day: int = TRACES_A_DAY) -> int:
    """How many traces `generate` makes from the same arguments; cheap."""
    return len(plan_runs(now_ns, days, seed, traces_per_day))


def generate(
    now_ns: int, days: int = 30, seed: int = 7, traces_per_day: int = TRACES_A_DAY
) -> Iterator[ExportTraceServiceRequest]:
    """The traces of the `days` (at least 2) before `now_ns`, newest first, at most 512 spans a request.

    Newest first, since whoever starts a demo looks at today while the months behind it still come in. The same
    arguments give the same bytes. A trace of more than 512 spans comes in several requests.
    """
    waiting: list[ScopedSpan] = []
    for run in reversed(plan_runs(now_ns, days, seed, traces_per_day)):
        spans = build_run(run)
        if waiting and len(waiting) + len(spans) > SPANS_A_REQUEST:
            yield from _requests(waiting)
            waiting = []
        waiting += spans
    yield from _requests(waiting)


def build_run(run: Run) -> list[ScopedSpan]:
    rng = Random(run.seed)
    trace_id = TRACE_IDS.get(run.scene) or f"{rng.getrandbits(128) | 1:032x}"
    origin = _origin(run)
    trace = Trace(trace_id, run.start_ns, origin, WORKFLOWS[run.workflow](run, rng))
    return [(origin, scope, span) for scope, span in build_spans(trace, rng)]


def _origin(run: Run) -> Origin:
    service = SERVICE_OF[run.workflow]
    team, releases = SERVICES[service]
    # Staging runs the next release already.
    place = int(run.phase * len(releases)) + (run.environment == "staging")
    version = releases[min(place, len(releases) - 1)]
    if service == "back-office" and run.is_last_day:
        version = NEWEST_BACK_OFFICE
    return Origin(service, version, run.environment, team)


def _requests(spans: list[ScopedSpan]) -> Iterator[ExportTraceServiceRequest]:
    for start in range(0, len(spans), SPANS_A_REQUEST):
        yield _request(spans[start : start + SPANS_A_REQUEST])


def _request(spans: list[ScopedSpan]) -> ExportTraceServiceRequest:
    grouped: dict[Origin, dict[str, list[Span]]] = {}
    for origin, scope, span in spans:
        grouped.setdefault(origin, {}).setdefault(scope or origin.service.replace("-", "_"), []).append(span)
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=encode_attributes(origin.attributes())),
                scope_spans=[
                    ScopeSpans(scope=InstrumentationScope(name=scope, version=_scope_version(scope)), spans=group)
                    for scope, group in scopes.items()
                ],
            )
            for origin, scopes in grouped.items()
        ]
    )


def _scope_version(scope: str) -> str:
    if scope.startswith("openinference."):
        return "0.1.80"
    return "1.3b0" if scope.startswith("opentelemetry.") else ""
