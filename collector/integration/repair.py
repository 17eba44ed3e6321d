"""Repairs msgtrace-sdk 1.2.0 in memory: as published, no span is ever current, so each is a trace of its own."""

from __future__ import annotations

import contextvars
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any

from msgtrace.sdk import MsgTraceAttributes, Spans
from msgtrace.sdk.tracer import tracer_manager
from opentelemetry import trace
from opentelemetry.sdk.trace import Span as RecordingSpan
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, use_span


def repair_sdk() -> None:
    """Does nothing if the installed SDK needs no repair, or has had it."""
    if contextvars.Context().run(_is_sound):
        return
    for name, opened in (("span_context", _span_context), ("init_flow", _init_flow), ("init_module", _init_module)):
        setattr(Spans, name, staticmethod(opened))
        setattr(Spans, f"a{name}", staticmethod(_async_twin(opened)))
    Spans.instrument = staticmethod(_instrument(Spans.instrument))
    MsgTraceAttributes.set_module_type = staticmethod(_set_module_type(MsgTraceAttributes.set_module_type))


def _is_sound() -> bool:
    """Whether Spans makes its spans current and takes `init_module(name, module_type)`, as msgflux calls it."""
    published = tracer_manager._tracer
    tracer_manager._tracer = TracerProvider(ALWAYS_ON, shutdown_on_exit=False).get_tracer(__name__)
    try:
        with Spans.init_module("probe", "agent"), Spans.span_context("probe") as span:
            return trace.get_current_span() is span
    except TypeError:
        return False
    finally:
        tracer_manager._tracer = published


@contextmanager
def _current(name: str, kind: SpanKind, given: Mapping[str, Any]) -> Iterator[Span]:
    # msgflux's MCP client hands its attributes over as attributes={...}.
    attributes = {key: value for key, value in given.items() if key != "attributes"} | given.get("attributes", {})
    span = tracer_manager.tracer.start_span(name, kind=kind, attributes=attributes)
    with use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except Exception as error:
            _record_once(span, error)
            raise


def _record_once(span: Span, error: Exception) -> None:
    """msgflux records an exception itself before it leaves the span."""
    events = span.events if isinstance(span, RecordingSpan) else ()
    if all((event.attributes or {}).get("exception.message") != str(error) for event in events):
        span.record_exception(error)
    span.set_status(Status(StatusCode.ERROR, str(error)))


def _span_context(name: str, **attributes: Any) -> AbstractContextManager[Span]:
    return _current(name, SpanKind.INTERNAL, attributes)


def _init_flow(flow_name: str, **attributes: Any) -> AbstractContextManager[Span]:
    return _current(flow_name, SpanKind.SERVER, {"span.type": "flow", **attributes})


def _init_module(module_name: str, module_type: str | None = None, **attributes: Any) -> AbstractContextManager[Span]:
    known = {"span.type": "module", "module.name": module_name}
    if module_type:
        known["module.type"] = module_type
    if module_type == "agent":
        known["gen_ai.agent.name"] = module_name
    return _current(module_name, SpanKind.INTERNAL, {**known, **attributes})


def _async_twin(opened: Callable[..., AbstractContextManager[Span]]) -> Callable[..., Any]:
    @asynccontextmanager
    async def twin(*args: Any, **attributes: Any) -> AsyncIterator[Span]:
        with opened(*args, **attributes) as span:
            yield span

    return twin


def _instrument(published: Callable[..., Any]) -> Callable[..., Any]:
    """Round a coroutine function, the published decorator ends the span before the function runs."""

    def instrument(name: str | None = None, **attributes: Any) -> Callable[..., Any]:
        def decorator(function: Callable[..., Any]) -> Any:
            decorate = Spans.ainstrument if inspect.iscoroutinefunction(function) else published
            return decorate(name, **attributes)(function)

        return decorator

    return instrument


def _set_module_type(published: Callable[[str], None]) -> Callable[[str], None]:
    """msgflux 0.5.1 names no agents; this call is the only one that says a root span is an agent."""

    def set_module_type(module_type: str) -> None:
        published(module_type)
        span = trace.get_current_span()
        if module_type == "agent" and isinstance(span, RecordingSpan):
            span.set_attribute("gen_ai.agent.name", span.name)

    return set_module_type
