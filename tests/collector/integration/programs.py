"""Programs as users write them, each run by a test in a process of its own. Prints its answer as JSON."""

# No `from __future__ import annotations`: msgflux reads the types of a tool's parameters.

import asyncio
import json
import logging
import sys
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from examples.fake_openai import FakeOpenAI


def get_weather(city: str) -> str:
    """Get the weather in a city.

    Args:
        city: Name of the city.
    """
    return f"sunny in {city}"


def broken_database(city: str) -> str:
    """Look a city up.

    Args:
        city: Name of the city.
    """
    raise ValueError(f"no connection for {city}")


def weather_agent(api: FakeOpenAI, *tools: Any) -> Any:
    import msgflux as mf
    import msgflux.nn as nn

    model = mf.Model.chat_completion("openai/gpt-4o-mini", base_url=api.base_url)
    return nn.Agent(name="weather_agent", model=model, tools=list(tools))


def agent(endpoint: str) -> Any:
    from collector.integration import quick_start

    with FakeOpenAI() as api, quick_start(endpoint, service_name="weather") as observer:
        answer = weather_agent(api, get_weather)("What is the weather in Paris?")
        return {
            "answer": answer,
            "usage": [api.usage.input_tokens, api.usage.output_tokens],
            "delivered": observer.flush(),
            "last_trace_id": observer.last_trace_id,
        }


def agent_without_quick_start(_: str) -> Any:
    from msgtrace.sdk.tracer import tracer_manager

    with FakeOpenAI() as api:
        answer = weather_agent(api, get_weather)("What is the weather in Paris?")
    tracer_manager.shutdown()
    return answer


def agent_built_before_quick_start(endpoint: str) -> Any:
    with FakeOpenAI() as api:
        built = weather_agent(api, get_weather)
        from collector.integration import quick_start

        observer = quick_start(endpoint)
        built("What is the weather in Paris?")
        return observer.flush()


def agent_with_failing_tool(endpoint: str) -> Any:
    from collector.integration import quick_start

    with FakeOpenAI() as api, quick_start(endpoint):
        return weather_agent(api, broken_database)("What is the weather in Paris?")


def concurrent_agents(endpoint: str) -> Any:
    from collector.integration import quick_start

    async def both(agent: Any) -> list[str]:
        return list(await asyncio.gather(agent.acall("The weather in Paris?"), agent.acall("The weather in Rome?")))

    with FakeOpenAI() as api, quick_start(endpoint):
        return asyncio.run(both(weather_agent(api, get_weather)))


def agent_in_a_web_request(endpoint: str) -> Any:
    """Under a span of somebody else's, msgflux opens its modules with two positionals."""
    own = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(own))
    trace.set_tracer_provider(provider)
    from collector.integration import quick_start

    with (
        FakeOpenAI() as api,
        quick_start(endpoint),
        trace.get_tracer("web").start_as_current_span("GET /weather"),
    ):
        weather_agent(api, get_weather)("What is the weather in Paris?")
    return {
        "own": sorted(span.name for span in own.get_finished_spans()),
        "still_global": trace.get_tracer_provider() is provider,
    }


def joined_provider(endpoint: str) -> Any:
    own = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(own))
    trace.set_tracer_provider(provider)
    from collector.integration import quick_start

    observer = quick_start(endpoint)
    assert observer.span_processor
    provider.add_span_processor(observer.span_processor)
    from msgtrace.sdk import Spans

    with trace.get_tracer("web").start_as_current_span("request"), Spans.span_context("work"):
        pass
    return [span.name for span in own.get_finished_spans()]


def nested_spans(endpoint: str) -> Any:
    from collector.integration import quick_start

    quick_start(endpoint)
    from msgtrace.sdk import MsgTraceAttributes, Spans

    async def asynchronous() -> None:
        async with (
            Spans.ainit_flow("aflow", **{"session.id": "s-1"}),
            Spans.ainit_module("amodule", "agent", colour="red"),
            Spans.aspan_context("aspan"),
        ):
            MsgTraceAttributes.set_model("gpt-4o-mini")

    with Spans.init_flow("flow"), Spans.init_module("module", "retriever"), Spans.span_context("span"):
        MsgTraceAttributes.set_user_id("u-1")
    asyncio.run(asynchronous())
    with Spans.init_module(module_name="plain"):
        pass


def decorated(endpoint: str) -> Any:
    from msgtrace.sdk import Spans

    @Spans.instrument("before", attributes={"mcp.operation": "connect"})
    @Spans.set_tool_attributes("search", description="Searches")
    def before() -> int:
        return inner()

    @Spans.instrument()
    @Spans.set_agent_attributes("scout", agent_id="a-1")
    def inner() -> int:
        return 1

    @Spans.ainstrument("asynchronous", size=3)
    @Spans.aset_tool_attributes("asearch")
    async def asynchronous() -> int:
        await asyncio.sleep(0)
        return await coroutine()

    from collector.integration import quick_start

    quick_start(endpoint)

    @Spans.instrument("coroutine")
    @Spans.aset_agent_attributes("ascout")
    async def coroutine() -> int:
        await asyncio.sleep(0)
        return inner() + 1

    return [before(), asyncio.run(asynchronous())]


def raising(endpoint: str) -> Any:
    from collector.integration import quick_start

    quick_start(endpoint)
    from msgtrace.sdk import Spans

    for error in (ValueError("wrong"), KeyboardInterrupt()):
        try:
            with Spans.init_flow(type(error).__name__) as span:
                if isinstance(error, ValueError):
                    span.record_exception(error)
                raise error
        except (ValueError, KeyboardInterrupt):
            assert not trace.get_current_span().is_recording()


def fixed_sdk(endpoint: str) -> Any:
    """As a next msgtrace-sdk may be: its spans are current, and modules take their type."""
    from contextlib import contextmanager

    from msgtrace.sdk import MsgTraceAttributes, Spans
    from msgtrace.sdk.tracer import tracer_manager

    @contextmanager
    def span_context(name: str, **attributes: Any) -> Any:
        with tracer_manager.tracer.start_as_current_span(name, attributes=attributes) as span:
            yield span

    @contextmanager
    def init_module(name: str, module_type: str | None = None, **attributes: Any) -> Any:
        with tracer_manager.tracer.start_as_current_span(name, attributes=attributes) as span:
            yield span

    Spans.span_context = staticmethod(span_context)
    Spans.init_module = staticmethod(init_module)
    before = dict(vars(Spans)), dict(vars(MsgTraceAttributes))
    from collector.integration import quick_start

    quick_start(endpoint)
    with Spans.init_module("outer", "agent"), Spans.span_context("inner"):
        pass
    return before == (dict(vars(Spans)), dict(vars(MsgTraceAttributes)))


def called_twice(endpoint: str) -> Any:
    from msgtrace.sdk import Spans

    from collector.integration import quick_start

    first = quick_start(endpoint)
    repaired = dict(vars(Spans))
    second = quick_start("http://127.0.0.1:1")
    with Spans.span_context("once"):
        pass
    return first is second and repaired == dict(vars(Spans))


def span_without_msgtrace(endpoint: str) -> Any:
    from collector.integration import quick_start

    with quick_start(endpoint) as observer:
        from msgtrace.sdk import Spans

        with Spans.init_flow("flow"):
            pass
        return [observer.endpoint, observer.url, observer.last_trace_url, observer.flush()]


def span_left_for_the_exit(endpoint: str) -> Any:
    from collector.integration import quick_start

    quick_start(endpoint, api_key="secret")
    from msgtrace.sdk import Spans

    with Spans.init_flow("flow"):
        pass


if __name__ == "__main__":
    logging.captureWarnings(True)
    print(json.dumps(globals()[sys.argv[1]](sys.argv[2])))
