"""Spans of each convention that has no recording, in the names and forms that its source gives."""

from __future__ import annotations

import json

import pytest

from tests.collector.factories import SECOND_NS, START_NS, received, row
from tests.collector.said import ANSWER, ASKED, said, tokens


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
        "model": '"gpt-4o-mini"',
        "mlflow.llm.provider": '"openai"',
        "mlflow.chat.tokenUsage": '{"input_tokens": 25, "output_tokens": 8, "total_tokens": 33}',
        "mlflow.llm.cost": '{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}',
        "mlflow.trace.session": "s-1",
        "mlflow.trace.user": '"u-1"',
        "mlflow.spanInputs": json.dumps(request),
        "mlflow.spanOutputs": json.dumps(response),
    }
    span = row(attributes)
    assert (span.kind, span.provider) == ("llm", "openai")
    assert (span.request_model, span.response_model) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert (tokens(span)[:2], span.cost_nusd, span.response_id) == ((25, 8), 300_000_000, "chatcmpl-1")
    assert (span.session_id, span.user_id, span.finish_reason) == ("s-1", "u-1", "stop")
    assert said(attributes) == ((ASKED,), (ANSWER,))


def test_an_mlflow_tool() -> None:
    span = row({"mlflow.spanType": '"TOOL"', "mlflow.spanFunctionName": '"get_weather"'}, name="get_weather_1")
    assert (span.kind, span.tool_name) == ("tool", "get_weather")


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


@pytest.mark.parametrize(("session", "user"), [("sessionId", "userId"), ("session_id", "user_id")])
def test_vercels_metadata_is_named_by_the_program(session: str, user: str) -> None:
    prefix = "ai.telemetry.metadata."
    span = row({prefix + session: "s-1", prefix + user: "u-1"})
    assert (span.session_id, span.user_id) == ("s-1", "u-1")


def test_an_attribute_called_model_means_one_only_on_a_models_call() -> None:
    assert row({"model": "T"}, name="build a car").request_model is None
    assert row({"model": "gpt-4o", "mlflow.spanType": '"LLM"'}).request_model == "gpt-4o"


def test_vercels_gateway_charges_in_its_metadata() -> None:
    metadata = {"gateway": {"routing": {}, "cost": "0.0021"}}
    assert row({"ai.response.providerMetadata": json.dumps(metadata)}).cost_nusd == 2_100_000
    router = {"openrouter": {"usage": {"cost": 0.5}}}
    assert row({"ai.response.providerMetadata": json.dumps(router)}).cost_nusd == 500_000_000


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
