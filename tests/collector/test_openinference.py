"""Frameworks whose traces come through OpenInference, and what its instrumentations call by a wrong name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.messages import read_messages
from collector.semconv.reading import read_fields
from tests.collector.factories import row
from tests.collector.said import ANSWER, ASKED, said, tokens

QUESTION = {"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "weather in Paris?"}
REPLY = {"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "It is sunny."}


def test_a_crew_its_agent_and_its_tool() -> None:
    crew = {"openinference.span.kind": "CHAIN", "crew_id": "1", "input.value": '{"city": "Paris"}'}
    named = row(crew, name="Weather Crew.kickoff", parent_span_id=None)
    assert (named.kind, named.workflow, named.input_preview) == ("workflow", None, "Paris")
    agent = {"openinference.span.kind": "AGENT", "graph.node.id": "Weather Reporter", "llm.model_name": "gpt-4o-mini"}
    reporter = row(agent, name="Weather Reporter._execute_core")
    assert (reporter.kind, reporter.agent_name) == ("agent", "Weather Reporter")
    assert tokens(reporter) == (None,) * 5
    tool = row({"openinference.span.kind": "TOOL", "tool.name": "get_weather"}, name="get_weather._use")
    assert (tool.kind, tool.tool_name) == ("tool", "get_weather")


def test_runs_of_a_crew_without_a_name_are_one_workflow() -> None:
    name = "Crew_5f0c7a3e-8c1b-4f0e-9a54-0d6f3f0f6a11.kickoff"
    assert row({"openinference.span.kind": "CHAIN"}, name=name, parent_span_id=None).workflow == "Crew"


def test_an_agno_agent_is_not_named_by_the_id_of_its_run() -> None:
    run = {"openinference.span.kind": "AGENT", "graph.node.id": "8ce63c71f7e5513a", "agno.agent.id": "prime-fermi",
           "session.id": "s", "user.id": "u"}  # fmt: skip
    assert row(run, name="Agent.run").agent_name is None
    assert row(run | {"agno.agent": "Weather Agent"}).agent_name == "Weather Agent"
    span = row(run | {"agent.name": "Weather Agent", "graph.node.name": "Weather Agent"})
    assert (span.agent_name, span.session_id, span.user_id) == ("Weather Agent", "s", "u")


def test_an_agno_tools_arguments_are_its_input() -> None:
    arguments = '{"city": "Paris"}'
    sent = {"openinference.span.kind": "TOOL", "tool.name": "get_weather", "tool.parameters": arguments,
            "input.value": arguments, "output.value": "sunny"}  # fmt: skip
    span = row(sent, name="get_weather", parent_span_id=None)
    assert (span.tool_name, span.input_preview, span.output_preview) == ("get_weather", "Paris", "sunny")


def test_dspy_reports_a_call_without_its_usage() -> None:
    sent: dict[str, Any] = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "openai/gpt-4o-mini",
        "llm.invocation_parameters": "{}",
        "input.value": json.dumps({"prompt": None, "messages": [{"role": "user", "content": "weather in Paris?"}]}),
        "output.value": '["It is sunny."]',
        **QUESTION,
        **REPLY,
    }
    span = row(sent, name="LM.__call__")
    assert (span.kind, span.response_model) == ("llm", "openai/gpt-4o-mini")
    assert tokens(span) == (None,) * 5
    assert said(sent) == ((ASKED,), (ANSWER,))


def test_what_prepares_a_llamaindex_call_is_none() -> None:
    sent = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini"}
    assert row(sent, name="OpenAI._prepare_chat_with_tools").kind == "other"
    assert row(sent, name="OpenAI.achat").kind == "llm"


def test_the_root_of_openais_agents_is_a_workflow() -> None:
    sent = {"openinference.span.kind": "AGENT"}
    scope = "openinference.instrumentation.openai_agents"
    assert row(sent, scope_name=scope, parent_span_id=None).kind == "workflow"
    assert row(sent, scope_name=scope).kind == "agent"
    assert row(sent | {"agent.name": "weather_agent"}, scope_name=scope, parent_span_id=None).kind == "agent"


@pytest.mark.parametrize(
    ("parameters", "model"),
    [
        ('{"model": "gpt-4o", "seed": 7}', "gpt-4o"),
        ('{"context_window": 128000, "model_name": "gpt-4o-mini"}', "gpt-4o-mini"),
        ('{"id": "resp_1", "created_at": 1, "model": "gpt-4o-2024-08-06"}', None),
    ],
)
def test_the_requested_model_stands_among_the_parameters(parameters: str, model: str | None) -> None:
    assert row({"llm.invocation_parameters": parameters}).request_model == model


def test_a_response_may_tell_its_id_behind_its_content() -> None:
    call = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini"}
    streamed = row(call | {"output.value": '{"choices": [], "id": "chatcmpl-1", "model": "gpt-4o-mini-2024-07-18"}'})
    assert (streamed.response_id, streamed.response_model) == ("chatcmpl-1", "gpt-4o-mini")
    metadata = {"model_name": "gpt-4o-mini-2024-07-18", "id": "chatcmpl-2"}
    message = {"lc": 1, "kwargs": {"content": "It is sunny.", "response_metadata": metadata}}
    result = json.dumps({"generations": [[{"text": "It is sunny.", "message": message}]], "llm_output": None})
    assert row(call | {"output.value": result}).response_id == "chatcmpl-2"
    langsmith = row({"langsmith.span.kind": "llm", "gen_ai.completion": result})
    assert (langsmith.response_id, langsmith.response_model) == ("chatcmpl-2", "gpt-4o-mini-2024-07-18")


@pytest.mark.parametrize("nothing", ['{"generations": {}}', '{"generations": [[]]}', '{"choices"', '{"choices": 1}'])
def test_a_response_without_an_id_has_none(nothing: str) -> None:
    assert row({"openinference.span.kind": "LLM", "output.value": nothing}).response_id is None


def test_a_langchain_step_has_all_messages_of_its_input() -> None:
    state = {"messages": [{"type": "human", "data": {"content": "weather in Paris?"}},
                          {"type": "ai", "data": {"content": "It is sunny."}}]}  # fmt: skip
    sent = {"openinference.span.kind": "CHAIN", "input.value": json.dumps(state), **QUESTION}
    read, _ = read_messages(sent, (), {**read_fields(sent), "kind": "other"})
    assert read == (ASKED, ANSWER)
