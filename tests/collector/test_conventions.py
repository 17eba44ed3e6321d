"""Spans of each convention that has no recording, in the names and forms that its source gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collector.messages import read_messages, with_content
from collector.otlp import ReceivedEvent
from collector.semconv.index import read_fields
from collector.store.records import Message, Part
from collector.store.rows import SpanRow
from tests.collector.factories import SECOND_NS, START_NS, event, received, row

ASKED = Message(role="user", parts=(Part(type="text", text="weather in Paris?"),))
CALL = Part(type="tool_call", text='{"city":"Paris"}', name="get_weather", id="call_1")
RESULT = Part(type="tool_result", text="sunny", name="get_weather", id="call_1")
ANSWER = Message(role="assistant", parts=(Part(type="text", text="It is sunny."),))


def tokens(span: SpanRow) -> tuple[int | None, ...]:
    return span.input_tokens, span.output_tokens, span.cache_read_tokens, span.cache_write_tokens, span.reasoning_tokens


def said(attributes: dict[str, Any], *events: ReceivedEvent) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    return read_messages(attributes, events)


def test_langfuse_generation() -> None:
    attributes = {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": "claude-sonnet-4-5",
        "langfuse.observation.usage_details": json.dumps(
            {"input": 25, "cache_read_input_tokens": 1_000, "cache_creation_input_tokens": 200, "output": 10,
             "output_reasoning_tokens": 4, "total": 1_239}
        ),
        "langfuse.observation.cost_details": '{"input": 0.001, "output": 0.0005, "total": 0.0015}',
        "langfuse.observation.completion_start_time": '"2025-10-09T08:53:20.250000Z"',
        "langfuse.observation.input": '[{"role": "user", "content": "weather in Paris?"}]',
        "langfuse.observation.output": '{"role": "assistant", "content": "It is sunny."}',
        "langfuse.trace.name": "assistant",
        "langfuse.trace.tags": ["prod"],
        "langfuse.release": "v7",
        "session.id": "s-1",
        "user.id": "u-1",
    }  # fmt: skip
    span = row(attributes)
    assert (span.kind, span.request_model, tokens(span)) == ("llm", "claude-sonnet-4-5", (1_225, 14, 1_000, 200, 4))
    assert (span.cost_nusd, span.input_cost_nusd, span.cost_source) == (1_500_000, 1_000_000, "reported")
    assert span.time_to_first_token_ns == SECOND_NS // 4
    assert (span.workflow, span.version, span.tags) == ("assistant", "v7", '["prod"]')
    assert (span.session_id, span.user_id) == ("s-1", "u-1")
    assert said(attributes) == ((ASKED,), (ANSWER,))


def test_a_langfuse_cost_of_zeros_is_no_cost() -> None:
    assert row({"langfuse.observation.cost_details": '{"input": 0, "output": 0, "total": 0}'}).cost_nusd is None


def test_langfuse_passes_openais_usage_on_as_it_is() -> None:
    usage = {"prompt_tokens": 32, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 8}}
    assert tokens(row({"langfuse.observation.usage_details": json.dumps(usage)}))[:3] == (32, 10, 8)


def test_langfuse_calls_an_error_what_opentelemetry_calls_fine() -> None:
    attributes = {"langfuse.observation.level": "ERROR", "langfuse.observation.status_message": "no such tool"}
    span = row(attributes)
    assert (span.status, span.returned_error) == ("ok", "no such tool")
    failed = row(attributes, is_error=True)
    assert (failed.status_message, failed.returned_error) == ("no such tool", None)


@pytest.mark.parametrize(
    ("sent", "kind"),
    [("span", "tool"), ("agent", "agent"), ("retriever", "retriever"), ("embedding", "embedder"), ("event", "other")],
)
def test_langfuse_types(sent: str, kind: str) -> None:
    assert row({"langfuse.observation.type": sent, "gen_ai.tool.name": "x"}).kind == kind


def test_mlflow_writes_every_value_as_json() -> None:
    request = {"messages": [{"role": "user", "content": "weather in Paris?"}], "model": "gpt-4o-mini"}
    response = {"id": "chatcmpl-1", "choices": [{"finish_reason": "stop", "message": {"role": "assistant",
                "content": "It is sunny."}}]}  # fmt: skip
    attributes = {
        "mlflow.spanType": '"CHAT_MODEL"',
        "mlflow.llm.model": '"gpt-4o-mini-2024-07-18"',
        "mlflow.llm.provider": '"openai"',
        "mlflow.chat.tokenUsage": '{"input_tokens": 25, "output_tokens": 8, "total_tokens": 33}',
        "mlflow.llm.cost": '{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}',
        "mlflow.trace.session": "s-1",
        "mlflow.trace.user": '"u-1"',
        "mlflow.spanInputs": json.dumps(request),
        "mlflow.spanOutputs": json.dumps(response),
    }
    span = row(attributes)
    assert (span.kind, span.provider, span.response_model) == ("llm", "openai", "gpt-4o-mini-2024-07-18")
    assert (tokens(span)[:2], span.cost_nusd, span.response_id) == ((25, 8), 300_000_000, "chatcmpl-1")
    assert (span.session_id, span.user_id, span.finish_reason) == ("s-1", "u-1", "stop")
    assert said(attributes) == ((ASKED,), (ANSWER,))


def test_an_mlflow_tool() -> None:
    span = row({"mlflow.spanType": '"TOOL"', "mlflow.spanFunctionName": '"get_weather"'}, name="get_weather_1")
    assert (span.kind, span.tool_name) == ("tool", "get_weather")


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


def test_litellm_reports_its_cost_under_names_of_its_own() -> None:
    span = row(
        {
            "gen_ai.operation.name": "acompletion",
            "gen_ai.cost.total_cost": 0.003,
            "gen_ai.cost.input_cost": 0.001,
            "gen_ai.cost.output_cost": 0.002,
            "gen_ai.response.finish_reasons": '["tool_calls"]',
            "llm.user": "u-1",
            "metadata.user_api_key_alias": "",
        }
    )
    assert (span.kind, span.cost_nusd, span.output_cost_nusd) == ("llm", 3_000_000, 2_000_000)
    assert (span.finish_reason, span.user_id) == ("tool_call", "u-1")


def test_litellms_raw_request_repeats_its_parent() -> None:
    span = row({"llm.openai.messages": "[{'role': 'user'}]"}, name="raw_gen_ai_request")
    assert (span.kind, span.input_preview) == ("other", None)


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


def test_openlit_sends_zero_for_a_price_that_it_could_not_load() -> None:
    span = row(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.cost": 0,
            "gen_ai.usage.input_tokens": 22,
            "gen_ai.client.token.usage": 32,
            "gen_ai.request.user": "",
            "gen_ai.server.time_to_first_token": 0.25,
        }
    )
    assert (span.cost_nusd, span.output_tokens, span.user_id) == (None, 10, None)
    assert span.time_to_first_token_ns == SECOND_NS // 4


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


def test_vercel_7_sends_genai_names() -> None:
    span = row(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.usage.cache_read.input_tokens": 8,
            "gen_ai.usage.input_tokens": 22,
            "gen_ai.client.operation.time_to_first_chunk": 0.25,
        },
        scope_name="gen_ai",
    )
    assert (span.kind, span.time_to_first_token_ns) == ("llm", SECOND_NS // 4)
    assert row({"gen_ai.operation.name": "agent_step"}, scope_name="gen_ai").kind == "other"


def test_vercels_gateway_charges_in_its_metadata() -> None:
    metadata = {"gateway": {"routing": {}, "cost": "0.0021"}}
    assert row({"ai.response.providerMetadata": json.dumps(metadata)}).cost_nusd == 2_100_000
    router = {"openrouter": {"usage": {"cost": 0.5}}}
    assert row({"ai.response.providerMetadata": json.dumps(router)}).cost_nusd == 500_000_000


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


def test_logfires_level_marks_an_error() -> None:
    assert row({"logfire.level_num": 17}, name="it broke").returned_error == "it broke"
    assert row({"logfire.level_num": 9}, name="hello").returned_error is None
    assert row({"logfire.level_num": 17}, name="it broke", is_error=True).returned_error is None


def test_one_hour_cache_writes_are_told_apart() -> None:
    names = "anthropic.usage.cache_creation.ephemeral_"
    span = row({"gen_ai.usage.input_tokens": 1_000, f"{names}1h_input_tokens": 200, f"{names}5m_input_tokens": 50})
    assert (span.cache_write_1h_tokens, span.cache_write_tokens) == (200, 250)
    raw = {"input_tokens": 22, "cache_creation_input_tokens": 200, "cache_read_input_tokens": 5_000,
           "cache_creation": {"ephemeral_1h_input_tokens": 200}, "output_tokens": 3}  # fmt: skip
    told = row({"gen_ai.usage.raw": json.dumps(raw)})
    assert (told.cache_write_1h_tokens, told.input_tokens) == (200, 5_222)


def test_a_cost_in_another_currency_is_kept_as_reported() -> None:
    span = row({"gen_ai.usage.cost.input_tokens": 0.1, "gen_ai.usage.cost.currency": "eur"})
    assert (span.foreign_cost, span.cost_nusd, span.cost_source) == ("0.1 EUR", None, None)


def test_reasoning_that_was_sent_beside_the_output_is_added() -> None:
    beside = {"gen_ai.usage.output_tokens": 10, "gen_ai.usage.reasoning.output_tokens": 40}
    assert row(beside).output_tokens == 50
    total = {"gen_ai.usage.input_tokens": 20, "gen_ai.usage.total_tokens": 34}
    assert row({**beside, **total, "gen_ai.usage.reasoning.output_tokens": 4}).output_tokens == 14


def test_an_agent_that_no_convention_tells_is_told_by_its_own_name() -> None:
    assert row({"langsmith.metadata.lc_agent_name": "writer"}, name="writer").kind == "agent"
    assert row({"langsmith.metadata.lc_agent_name": "writer"}, name="model").kind == "other"


def test_a_first_token_before_the_start_is_none() -> None:
    early = '"2020-01-01T00:00:00Z"'
    assert row({"langfuse.observation.completion_start_time": early}).time_to_first_token_ns is None
    assert received().start_ns == START_NS
