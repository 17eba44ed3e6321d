"""Spans of the agent frameworks that have no recording, in the names and forms that their sources give."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.messages import with_content
from collector.otlp import ReceivedEvent
from collector.semconv.reading import read_fields
from collector.store.records import Message, Part
from tests.collector.factories import SECOND_NS, event, row
from tests.collector.said import ANSWER, ASKED, CALL, RESULT, said, tokens


def test_haystack_components_are_told_by_their_class() -> None:
    reply = {
        "role": "assistant",
        "content": [{"text": "It is sunny."}],
        "meta": {"model": "gpt-4o-mini-2024-07-18", "finish_reason": "stop",
                 "usage": {"prompt_tokens": 22, "completion_tokens": 10}},
    }  # fmt: skip
    attributes = {
        "haystack.component.type": "OpenAIChatGenerator",
        "haystack.component.name": "llm",
        "haystack.component.input": json.dumps(
            {"messages": [{"role": "user", "meta": {}, "name": None, "content": [{"text": "weather in Paris?"}]}]}
        ),
        "haystack.component.output": json.dumps({"replies": [reply, reply]}),
    }
    span = row(attributes, name="haystack.component.run")
    assert (span.kind, span.response_model, span.finish_reason) == ("llm", "gpt-4o-mini-2024-07-18", "stop")
    assert tokens(span)[:2] == (22, 10)
    assert said(attributes) == ((ASKED,), (ANSWER, ANSWER))


@pytest.mark.parametrize(
    ("component", "kind"),
    [
        ("SentenceTransformersTextEmbedder", "embedder"),
        ("InMemoryBM25Retriever", "retriever"),
        ("LLMRanker", "reranker"),
        ("Agent", "agent"),
        ("ToolInvoker", "tool"),
        ("DocumentJoiner", "other"),
    ],
)
def test_haystack_kinds(component: str, kind: str) -> None:
    assert row({"haystack.component.type": component}).kind == kind


def test_haystack_calls_and_results() -> None:
    call = {"tool_call": {"tool_name": "get_weather", "arguments": {"city": "Paris"}, "id": "call_1"}}
    result = {"tool_call_result": {"result": "sunny", "origin": call["tool_call"] | {"id": "call_1"}, "error": False}}
    messages = [{"role": "assistant", "content": [call]}, {"role": "tool", "content": [result]}]
    found, _ = said({"haystack.component.input": json.dumps({"messages": messages})})
    assert found == (Message(role="assistant", parts=(CALL,)), Message(role="tool", parts=(RESULT,)))


def test_a_haystack_pipeline_is_told_by_its_name() -> None:
    assert row({}, name="haystack.pipeline.run", parent_span_id=None).kind == "workflow"


def strands_call() -> tuple[dict[str, Any], list[ReceivedEvent]]:
    attributes = {
        "gen_ai.system": "strands-agents",
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "gen_ai.usage.input_tokens": 2_000,
        "gen_ai.usage.output_tokens": 10,
        "gen_ai.usage.total_tokens": 3_210,
        "gen_ai.usage.cache_read_input_tokens": 1_000,
        "gen_ai.usage.cache_write_input_tokens": 200,
        "gen_ai.server.time_to_first_token": 250,
    }
    call = {"toolUse": {"toolUseId": "call_1", "name": "get_weather", "input": {"city": "Paris"}}}
    result = {"toolResult": {"toolUseId": "call_1", "status": "success", "content": [{"text": "sunny"}]}}
    events = [
        event("gen_ai.user.message", content='[{"text": "weather in Paris?"}]'),
        event("gen_ai.assistant.message", content=json.dumps([call])),
        event("gen_ai.tool.message", content=json.dumps([result])),
        event("gen_ai.choice", message='[{"text": "It is sunny."}]', finish_reason="end_turn"),
    ]
    return attributes, events


def test_strands_counts_the_cache_beside_the_input_and_whole_milliseconds() -> None:
    attributes, events = strands_call()
    span = row(attributes, events=events)
    assert (span.kind, span.provider, tokens(span)[:4]) == ("llm", None, (3_200, 10, 1_000, 200))
    assert (span.time_to_first_token_ns, span.finish_reason) == (SECOND_NS // 4, "stop")


def test_strands_messages_are_events_with_bedrocks_blocks() -> None:
    result = Part(type="tool_result", text="sunny", id="call_1")
    attributes, events = strands_call()
    calls, results = Message(role="assistant", parts=(CALL,)), Message(role="tool", parts=(result,))
    assert said(attributes, *events) == ((ASKED, calls, results), (ANSWER,))


@pytest.mark.parametrize("newest", [False, True])
def test_a_strands_tool_is_told_in_events(newest: bool) -> None:
    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search", "gen_ai.tool.status": "error"}
    given = [{"role": "tool", "parts": [{"type": "tool_call", "name": "search", "id": "1", "arguments": {"q": "x"}}]}]
    answered = [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": [{"text": "down"}]}]}]
    details = "gen_ai.client.inference.operation.details"
    events = (
        [
            event(details, gen_ai__input__messages=json.dumps(given)),
            event(details, gen_ai__output__messages=json.dumps(answered)),
        ]
        if newest
        else [
            event("gen_ai.tool.message", role="tool", content='{"q":"x"}', id="1"),
            event("gen_ai.choice", message='[{"text": "down"}]', id="1"),
        ]
    )
    content = with_content(attributes, events, read_fields(attributes))
    assert (content["input"], row(attributes, events=events).returned_error) == ('{"q":"x"}', "down")
    assert said(attributes, *events) == ((), ())


def test_adk_calls_are_told_by_their_names() -> None:
    response = {
        "content": {"role": "model", "parts": [{"text": "It is sunny."}]},
        "finish_reason": "STOP",
        "usage_metadata": {"prompt_token_count": 22, "candidates_token_count": 10, "thoughts_token_count": 4,
                           "total_token_count": 36, "cached_content_token_count": 8},
    }  # fmt: skip
    request = {
        "model": "gemini-2.5-flash",
        "config": {"system_instruction": "Be terse"},
        "contents": [{"role": "user", "parts": [{"text": "weather in Paris?"}]}],
    }
    attributes = {
        "gen_ai.system": "gcp.vertex.agent",
        "gen_ai.request.model": "gemini-2.5-flash",
        "gcp.vertex.agent.session_id": "s-1",
        "gcp.vertex.agent.llm_request": json.dumps(request),
        "gcp.vertex.agent.llm_response": json.dumps(response),
    }
    span = row(attributes, name="call_llm", scope_name="gcp.vertex.agent")
    assert (span.kind, span.provider, span.session_id, span.finish_reason) == ("llm", None, "s-1", "stop")
    assert tokens(span) == (22, 14, 8, None, 4)
    system = Message(role="system", parts=(Part(type="text", text="Be terse"),))
    assert said(attributes) == ((system, ASKED), (ANSWER,))


def test_adk_fills_a_tool_with_empty_requests() -> None:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.call.id": "<not specified>",
        "gcp.vertex.agent.llm_request": "{}",
        "gcp.vertex.agent.llm_response": "{}",
        "gcp.vertex.agent.tool_call_args": '{"q": "x"}',
        "gcp.vertex.agent.tool_response": '{"result": 1}',
    }
    span, fields = row(attributes), read_fields(attributes)
    assert (span.kind, span.tool_call_id) == ("tool", None)
    assert (fields["input"], fields["output"]) == ('{"q": "x"}', '{"result": 1}')


@pytest.mark.parametrize(("name", "kind"), [("invocation", "workflow"), ("agent_run [root]", "agent")])
def test_adk_names(name: str, kind: str) -> None:
    assert row({}, name=name, scope_name="gcp.vertex.agent").kind == kind
    assert row({}, name=name, scope_name="my.app").kind == "other"


def test_semantic_kernel_tells_messages_as_json_in_events() -> None:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "It is sunny."},
        "finish_reason": "FinishReason.STOP",
    }
    attributes = {
        "gen_ai.operation.name": "chat.completions",
        "gen_ai.system": "openai",
        "gen_ai.response.finish_reason": "FinishReason.TOOL_CALLS",
        "gen_ai.response.prompt_tokens": 22,
        "gen_ai.response.completion_tokens": 10,
    }
    events = [
        event("gen_ai.user.message", gen_ai__event__content='{"role": "user", "content": "weather in Paris?"}'),
        event("gen_ai.choice", gen_ai__event__content=json.dumps(choice)),
    ]
    span = row(attributes, events=events)
    assert (span.kind, tokens(span)[:2], span.finish_reason) == ("llm", (22, 10), "tool_call")
    assert said(attributes, *events) == ((ASKED,), (ANSWER,))


def test_agent_frameworks_workflow() -> None:
    span = row({"workflow.name": "triage"}, name="workflow.run", scope_name="agent_framework")
    assert (span.kind, span.workflow) == ("workflow", "triage")
    assert row({}, name="executor.process writer", scope_name="agent_framework").kind == "other"


def test_autogens_runtime_only_passes_messages_on() -> None:
    assert row({}, name="autogen process writer", scope_name="autogen SingleThreadedAgentRuntime").kind == "other"
    assert row({"gen_ai.operation.name": "invoke_agent", "gen_ai.system": "autogen"}).provider is None


def test_spring_ai_wraps_the_models_call() -> None:
    framework = {"gen_ai.operation.name": "framework", "gen_ai.system": "spring_ai"}
    client = row(
        {**framework, "spring.ai.kind": "chat_client", "spring.ai.chat.client.conversation.id": "s-1"},
        parent_span_id=None,
    )
    assert (client.kind, client.session_id, client.provider) == ("workflow", "s-1", None)
    tool = row({**framework, "spring.ai.kind": "tool_call", "spring.ai.tool.definition.name": "get_weather"})
    assert (tool.kind, tool.tool_name) == ("tool", "get_weather")
    assert row({**framework, "spring.ai.kind": "vector_store"}).kind == "retriever"


def test_genkit_keeps_a_models_usage_in_its_output() -> None:
    attributes = {
        "genkit:type": "action",
        "genkit:metadata:subtype": "model",
        "genkit:name": "googleai/gemini-2.5-flash",
        "genkit:input": '{"messages": [{"role": "user", "content": [{"text": "weather in Paris?"}]}]}',
        "genkit:output": json.dumps(
            {
                "message": {"role": "model", "content": [{"text": "It is sunny."}]},
                "finishReason": "stop",
                "usage": {"inputTokens": 22, "outputTokens": 10, "thoughtsTokens": 4, "totalTokens": 36},
            }
        ),
    }
    span = row(attributes)
    assert (span.kind, span.request_model, tokens(span)[:2]) == ("llm", "googleai/gemini-2.5-flash", (22, 14))
    assert (span.finish_reason, span.reasoning_tokens) == ("stop", 4)
    assert said(attributes) == ((ASKED,), (ANSWER,))


def test_other_genkit_spans_are_named_the_same_way() -> None:
    tool = row({"genkit:metadata:subtype": "tool", "genkit:name": "get_weather", "genkit:sessionId": "s-1"})
    assert (tool.kind, tool.tool_name, tool.session_id, tool.request_model) == ("tool", "get_weather", "s-1", None)
    assert row({"genkit:type": "action", "genkit:metadata:subtype": "flow", "genkit:name": "menu"}).workflow == "menu"


def test_livekit_spans_are_told_by_their_names() -> None:
    tool = row(
        {"lk.function_tool.name": "get_weather", "lk.function_tool.id": "call_1"},
        name="function_tool",
        scope_name="livekit-agents",
    )
    assert (tool.kind, tool.tool_name, tool.tool_call_id) == ("tool", "get_weather", "call_1")
    context = {"items": [{"id": "item_1", "type": "message", "role": "user", "content": ["weather in Paris?"]}]}
    attributes = {"lk.chat_ctx": json.dumps(context), "lk.response.ttft": 0.25}
    span = row(attributes, name="llm_request", scope_name="livekit-agents")
    assert (span.kind, span.time_to_first_token_ns) == ("llm", SECOND_NS // 4)
    assert said(attributes)[0] == (ASKED,)


def test_an_old_pydantic_ai_agent_is_told_by_its_name() -> None:
    events = [
        {"event.name": "gen_ai.user.message", "role": "user", "content": "weather in Paris?"},
        {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "It is sunny."}},
    ]
    attributes = {
        "agent_name": "weather_agent",
        "all_messages_events": json.dumps(events),
        "gen_ai.usage.input_tokens": 53,
    }
    span = row(attributes, name="agent run", scope_name="pydantic-ai")
    assert (span.kind, span.agent_name, span.input_tokens) == ("agent", "weather_agent", 53)
    assert said(attributes) == ((ASKED,), (ANSWER,))
