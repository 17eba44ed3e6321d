"""Real msgflux and msgtrace-sdk, against a model API on this machine."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.collector.integration.conftest import Ended, Run, run_program
from tests.collector.integration.sink import SentSpan, Sink, tree

TOOL_LIBRARY = "Weather Agent Tool Library"
AGENT_TREE = [
    ("Generator", "Weather Agent"),
    ("Generator", "Weather Agent"),
    ("Get Weather", "scatter_gather"),
    ("Weather Agent", None),
    (TOOL_LIBRARY, "Weather Agent"),
    ("openai.chat", "Generator"),
    ("openai.chat", "Generator"),
    ("scatter_gather", TOOL_LIBRARY),
]


def asynchronous(name: str) -> str:
    return "ascatter_gather" if name == "scatter_gather" else name


@pytest.fixture(scope="module")
def agent_run() -> tuple[Ended, list[SentSpan]]:
    """What an agent run with one tool printed, and the spans it sent."""
    sink = Sink()
    try:
        return run_program("agent", sink.url), sink.spans
    finally:
        sink.close()


def test_an_agent_run_with_one_tool_is_one_trace(agent_run: tuple[Ended, list[SentSpan]]) -> None:
    ended, spans = agent_run
    assert tree(spans) == AGENT_TREE
    assert {span.trace_id for span in spans} == {ended.answer["last_trace_id"]}
    assert {span.service for span in spans} == {"weather"}
    assert ended.answer["delivered"] is True
    assert ended.warnings == ""


def test_agent_tool_arguments_and_result_are_on_the_spans(agent_run: tuple[Ended, list[SentSpan]]) -> None:
    by_name = {span.name: span.attributes for span in agent_run[1]}
    agent, tool = by_name["Weather Agent"], by_name["Get Weather"]
    assert agent["gen_ai.agent.name"] == "Weather Agent"
    assert agent["module.type"] == "agent"
    assert tool["gen_ai.tool.name"] == "get_weather"
    assert tool["gen_ai.tool.call.arguments"] == '{"city":"Paris"}'
    assert tool["gen_ai.tool.response"] == "sunny in Paris"


def test_the_tokens_are_those_the_api_charged(agent_run: tuple[Ended, list[SentSpan]]) -> None:
    ended, spans = agent_run
    shown: Counter[str] = Counter()
    for span in spans:
        for side in ("input", "output"):
            shown[side] += int(str(span.attributes.get(f"gen_ai.usage.{side}_tokens", 0)))
    assert ended.answer["usage"] == [shown["input"], shown["output"]]
    assert shown["output"] > 0


def test_without_quick_start_the_same_run_is_eight_unconnected_spans(sink: Sink, run: Run) -> None:
    published = {"MSGTRACE_TELEMETRY_ENABLED": "true", "MSGTRACE_OTLP_ENDPOINT": f"{sink.url}/v1/traces"}
    run("agent_without_quick_start", sink.url, **published)
    assert sorted(span.name for span in sink.spans) == [name for name, _ in AGENT_TREE]
    assert len({span.trace_id for span in sink.spans}) == 8
    assert not any(span.parent_id for span in sink.spans)


def test_an_agent_built_before_quick_start_is_traced_all_the_same(sink: Sink, run: Run) -> None:
    assert run("agent_built_before_quick_start", sink.url).answer is True
    assert tree(sink.spans) == AGENT_TREE


def test_an_sdk_that_was_already_sending_elsewhere_sends_to_msgtrace_only(sink: Sink, stranger: Sink, run: Run) -> None:
    elsewhere = {"MSGTRACE_TELEMETRY_ENABLED": "true", "MSGTRACE_OTLP_ENDPOINT": f"{stranger.url}/v1/traces"}
    run("agent_built_before_quick_start", sink.url, **elsewhere)
    assert tree(sink.spans) == AGENT_TREE
    assert stranger.spans == []


def test_a_failing_tool_records_its_exception_once(sink: Sink, run: Run) -> None:
    run("agent_with_failing_tool", sink.url)
    tool = next(span for span in sink.spans if span.name == "Broken Database")
    assert [attributes["exception.message"] for _, attributes in tool.events] == ["no connection for Paris"]
    assert [span.name for span in sink.spans if span.is_error] == ["Broken Database"]


def test_concurrent_async_agents_are_a_trace_each(sink: Sink, run: Run) -> None:
    assert run("concurrent_agents", sink.url).answer == ["It is sunny in Paris.", "It is sunny in Rome."]
    traces = {span.trace_id for span in sink.spans}
    assert len(traces) == 2
    for trace_id in traces:
        shown = tree([span for span in sink.spans if span.trace_id == trace_id])
        assert shown == sorted((asynchronous(name), parent and asynchronous(parent)) for name, parent in AGENT_TREE)


def test_a_tracer_provider_of_the_program_keeps_its_spans(sink: Sink, run: Run) -> None:
    ended = run("agent_in_a_web_request", sink.url)
    assert ended.answer == {"own": ["GET /weather", "openai.chat", "openai.chat"], "still_global": True}
    assert "openai.chat" not in {span.name for span in sink.spans}
    assert len({span.trace_id for span in sink.spans}) == 1
    assert len(sink.spans) == 6
    assert "own TracerProvider keeps its spans" in ended.warnings
