"""Points msgtrace-sdk, and OpenTelemetry where nobody else has, at a running msgtrace."""

from __future__ import annotations

import atexit
import logging
import os
import platform
import threading

import msgtrace.sdk
from msgtrace.sdk.tracer import tracer_manager
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

from .discovery import base_url, find_given, find_local, start_local
from .observer import Observer
from .repair import repair_sdk

_log = logging.getLogger("msgtrace")
_lock = threading.Lock()
_connected: Observer | None = None


def quick_start(endpoint: str | None = None, service_name: str | None = None, api_key: str | None = None) -> Observer:
    """Sends the spans of this program to msgtrace: those of msgflux, msgtrace-sdk and OpenTelemetry instrumentations.

    Without `endpoint`, looks for msgtrace on this machine and starts one if there is none; it outlives the program.
    `api_key` defaults to MSGTRACE_API_KEY, `service_name` to MSGTRACE_SERVICE_NAME. Never raises on account of
    msgtrace: if it can't be had, there is a warning, and nothing is sent.

    A TracerProvider the program has set up keeps all its spans, and msgtrace-sdk gets one of its own. Spans of both
    still nest in each other, as OpenTelemetry has one current span (`Observer.span_processor` brings them together).
    """
    global _connected
    with _lock:
        repair_sdk()
        if _connected:
            if endpoint and base_url(endpoint) != _connected.endpoint:
                _log.warning("This program already sends to %s, so not to %s.", _connected.endpoint, endpoint)
            return _connected
        server = find_given(endpoint) if endpoint else find_local() or start_local()
        if server is None:
            return Observer()
        _connected = Observer(server, api_key or os.environ.get("MSGTRACE_API_KEY"))
        _point_sdk_at(_connected, service_name or os.environ.get("MSGTRACE_SERVICE_NAME", "msgtrace-app"))
        atexit.register(_connected.close)
        return _connected


def _point_sdk_at(observer: Observer, service_name: str) -> None:
    assert observer.span_processor
    current = trace.get_tracer_provider()
    if isinstance(current, TracerProvider) and _is_sdks_own(current.resource):
        provider = current
        _replace_processors(provider, observer.span_processor)
        if service_name != current.resource.attributes["service.name"]:
            _log.warning("msgtrace-sdk was set up before quick_start(), so its service name stays as it is.")
    else:
        resource = Resource.create({"service.name": service_name, **_platform()})
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(observer.span_processor)
    if isinstance(current, trace.ProxyTracerProvider):
        trace.set_tracer_provider(provider)
    elif provider is not current:
        _log.warning("This program's own TracerProvider keeps its spans; msgtrace gets those of msgtrace-sdk.")
    # For programs this one starts, and for who asks msgtrace-sdk whether it is on.
    os.environ["MSGTRACE_TELEMETRY_ENABLED"] = "true"
    os.environ["MSGTRACE_EXPORTER"] = "otlp"
    os.environ["MSGTRACE_OTLP_ENDPOINT"] = f"{observer.endpoint}/v1/traces"
    os.environ["MSGTRACE_SERVICE_NAME"] = service_name
    tracer_manager._tracer = msgtrace.sdk.tracer = provider.get_tracer("msgtrace.sdk")


def _platform() -> dict[str, str]:
    """What msgtrace-sdk says about the machine, unless told not to."""
    if os.environ.get("MSGTRACE_CAPTURE_PLATFORM", "true").lower() != "true":
        return {}
    return {
        "platform.system": platform.system(),
        "platform.release": platform.release(),
        "platform.machine": platform.machine(),
        "python.version": platform.python_version(),
    }


def _is_sdks_own(resource: Resource) -> bool:
    """Whether msgtrace-sdk made this resource: imported with telemetry enabled, it sets the process up by itself."""
    service_name = os.environ.get("MSGTRACE_SERVICE_NAME", "msgtrace-app")
    return dict(resource.attributes) == {"service.name": service_name, **_platform()}


def _replace_processors(provider: TracerProvider, processor: SpanProcessor) -> None:
    """In place, since tracers handed out before hold on to the provider's list of processors."""
    processors = provider._active_span_processor
    with processors._lock:
        published, processors._span_processors = processors._span_processors, (processor,)
    for old in published:
        threading.Thread(target=old.shutdown, name="msgtrace-retire", daemon=True).start()
