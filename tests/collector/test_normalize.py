from __future__ import annotations

import json

import pytest

from tests.collector.factories import SECOND_NS, START_NS, event, messages, received, row


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"module.type": "agent", "span.type": "flow"}, "agent"),
        ({"module.type": "generator"}, "llm"),
        ({"module.type": "localtool", "gen_ai.operation.name": "tool"}, "tool"),
        ({"module.type": "toollibrary"}, "other"),
        ({"module.type": "sequential"}, "workflow"),
        ({"module.type": "Embedder", "gen_ai.operation.name": "embedding"}, "embedder"),
        ({"module.type": "transcriber"}, "transcriber"),
        ({"module.type": "pipe", "span.type": "flow"}, "workflow"),
        ({"module.type": "prep", "span.type": "module"}, "other"),
        ({"span.type": "flow"}, "workflow"),
        ({"openinference.span.kind": "LLM"}, "llm"),
        ({"openinference.span.kind": "EMBEDDING"}, "embedder"),
        ({"openinference.span.kind": "CHAIN"}, "other"),
        ({"openinference.span.kind": "UNKNOWN", "gen_ai.operation.name": "chat"}, "llm"),
        ({"openinference.span.kind": "GUARDRAIL"}, "guardrail"),
        ({"traceloop.span.kind": "workflow", "gen_ai.operation.name": "invoke_agent"}, "workflow"),
        ({"traceloop.span.kind": "task", "gen_ai.agent.name": "a"}, "other"),
        ({"llm.request.type": "chat"}, "llm"),
        ({"llm.request.type": "embedding"}, "embedder"),
        ({"gen_ai.operation.name": "generate_content"}, "llm"),
        ({"gen_ai.operation.name": "execute_tool"}, "tool"),
        ({"gen_ai.operation.name": "invoke_agent"}, "agent"),
        ({"gen_ai.operation.name": "invoke_workflow"}, "workflow"),
        ({"gen_ai.operation.name": "retrieval"}, "retriever"),
        ({"gen_ai.operation.name": "search_memory"}, "other"),
        ({"ai.operationId": "ai.generateText.doGenerate"}, "llm"),
        ({"ai.operationId": "ai.toolCall"}, "tool"),
        ({"gen_ai.tool.name": "search"}, "tool"),
        ({"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 3}, "llm"),
        ({"gen_ai.request.model": "gpt-4o"}, "other"),
        ({"gen_ai.agent.name": "writer"}, "other"),
        ({}, "other"),
    ],
)
def test_the_kind_of_a_span(attributes: dict[str, object], kind: str) -> None:
    assert row(attributes).kind == kind


def test_a_chain_is_a_workflow_only_as_a_root() -> None:
    assert row({"openinference.span.kind": "CHAIN"}, parent_span_id=None).kind == "workflow"


def test_an_agents_name_on_a_child_is_context() -> None:
    span = row({"gen_ai.operation.name": "chat", "gen_ai.agent.name": "writer"})
    assert (span.kind, span.agent_name) == ("llm", "writer")


def test_msgflux_names_its_agents_by_their_module() -> None:
    span = row({"module.type": "agent", "module.name": "Weather Agent"})
    assert span.agent_name == "Weather Agent"


def test_a_tool_takes_its_name_from_the_best_place() -> None:
    assert row({"gen_ai.tool.name": "get_weather", "module.name": "Get Weather"}).tool_name == "get_weather"
    assert row({"traceloop.span.kind": "tool", "traceloop.entity.name": "search"}).tool_name == "search"
    assert row({"gen_ai.operation.name": "execute_tool"}, name="execute_tool search").tool_name == "search"


def test_usage_of_an_openai_call() -> None:
    span = row(
        {
            "gen_ai.usage.input_tokens": 32,
            "gen_ai.usage.output_tokens": 10,
            "gen_ai.usage.cache_read.input_tokens": 8,
            "gen_ai.usage.reasoning_tokens": 4,
        }
    )
    assert (span.input_tokens, span.output_tokens, span.cache_read_tokens, span.reasoning_tokens) == (32, 10, 8, 4)
    assert span.cache_write_tokens is None


def test_input_that_leaves_out_the_cache_gets_it_added() -> None:
    span = row(
        {
            "gen_ai.usage.input_tokens": 25,
            "gen_ai.usage.cache_read_input_tokens": 1_000,
            "gen_ai.usage.cache_creation_input_tokens": 200,
        }
    )
    assert span.input_tokens == 1_225


def test_input_that_contains_the_cache_stays_as_it_is() -> None:
    span = row({"gen_ai.usage.input_tokens": 1_225, "gen_ai.usage.cache_read.input_tokens": 1_225})
    assert span.input_tokens == 1_225


def test_a_total_fills_one_missing_side_and_is_never_added() -> None:
    assert row({"gen_ai.usage.total_tokens": 30, "gen_ai.usage.input_tokens": 20}).output_tokens == 10
    assert row({"gen_ai.usage.total_tokens": 30, "gen_ai.usage.output_tokens": 20}).input_tokens == 10
    both = row({"gen_ai.usage.total_tokens": 99, "gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 2})
    assert (both.input_tokens, both.output_tokens) == (1, 2)
    assert row({"gen_ai.usage.total_tokens": 30}).input_tokens is None


def test_unknown_usage_is_none_and_zero_is_zero() -> None:
    assert row({"gen_ai.operation.name": "chat"}).input_tokens is None
    assert row({"gen_ai.usage.input_tokens": 0}).input_tokens == 0


def test_a_cost_reported_in_parts_is_their_sum() -> None:
    span = row({"gen_ai.usage.cost.input_tokens": 0.0015, "gen_ai.usage.cost.output_tokens": 0.0006})
    assert (span.cost_nusd, span.input_cost_nusd, span.output_cost_nusd) == (2_100_000, 1_500_000, 600_000)
    assert span.cost_source == "reported"


def test_a_cost_reported_as_one_sum_has_no_parts() -> None:
    span = row({"operation.cost": 8.55e-06})
    assert (span.cost_nusd, span.input_cost_nusd, span.cost_source) == (8_550, None, "reported")


def test_a_reported_cost_of_zero_is_unknown() -> None:
    span = row({"gen_ai.usage.cost": 0, "gen_ai.usage.input_tokens": 5})
    assert (span.cost_nusd, span.cost_source) == (None, None)


def test_another_currency_is_not_summed() -> None:
    assert row({"gen_ai.usage.cost.input_tokens": 1.5, "gen_ai.usage.cost.currency": "EUR"}).cost_nusd is None


def test_people_and_tags_stand_as_sent() -> None:
    span = row({"session.id": "s-1", "user.id": 7, "tag.tags": ["prod", "t0"]})
    assert (span.session_id, span.user_id, span.tags) == ("s-1", "7", '["prod","t0"]')


def test_people_may_stand_in_metadata() -> None:
    span = row({"session.id": "s-1", "metadata": '{"thread_id": "t", "user_id": "u"}'})
    assert (span.session_id, span.user_id) == ("s-1", "u")


def test_the_resource_tells_service_environment_and_version() -> None:
    span = row(
        resource={"service.name": "shop", "deployment.environment.name": "prod", "service.version": "1.4"},
    )
    assert (span.service, span.environment, span.version) == ("shop", "prod", "1.4")


def test_a_prompts_version_is_the_version() -> None:
    assert row({"gen_ai.prompt.version": "7"}, resource={"service.version": "1.4"}).version == "7"


def test_without_a_version_the_system_prompt_makes_one() -> None:
    def version(system: str) -> str | None:
        sent = messages(("system", system), ("user", "hi"))
        return row({"gen_ai.operation.name": "chat", "gen_ai.input.messages": sent}).version

    assert version("Be terse") == version("Be terse")
    assert version("Be terse") != version("Be kind")
    assert str(version("Be terse")).startswith("prompt-")
    assert len(str(version("Be terse"))) == len("prompt-") + 8
    assert row({"gen_ai.operation.name": "chat", "gen_ai.input.messages": messages(("user", "hi"))}).version is None


def test_time_to_first_token_in_each_unit() -> None:
    assert row({"gen_ai.response.time_to_first_chunk": 0.25}).time_to_first_token_ns == 250_000_000
    assert row({"gen_ai.server.time_to_first_token": 250}).time_to_first_token_ns == 250_000_000
    assert row({"ai.response.msToFirstChunk": 51.5}).time_to_first_token_ns == 51_500_000
    first = [
        event("llm.content.completion.chunk", START_NS + 2_000),
        event("llm.content.completion.chunk", START_NS + 9_000),
    ]
    assert row(events=first).time_to_first_token_ns == 2_000


@pytest.mark.parametrize("name", ["llm.content.completion.chunk", "gen_ai.content.completion.chunk"])
def test_the_first_chunk_of_a_stream_is_the_first_token(name: str) -> None:
    chunks = [event(name, START_NS + SECOND_NS // 2), event(name, START_NS + SECOND_NS // 4)]
    assert row({"gen_ai.operation.name": "chat"}, events=chunks).time_to_first_token_ns == SECOND_NS // 4


def test_a_first_token_after_the_end_is_discarded() -> None:
    assert row({"gen_ai.response.time_to_first_chunk": 1.5}).time_to_first_token_ns is None
    assert row(events=[event("First Token Stream Event", START_NS - 5)]).time_to_first_token_ns is None


def test_times_that_are_none_or_too_large() -> None:
    assert row(end_ns=0).end_ns is None
    assert row(start_ns=2**64 - 1, end_ns=2**64 - 1).end_ns == 2**63 - 1


def test_long_and_broken_text_fits_its_column() -> None:
    span = row(name="n" * 9_999, status_message="m" * 9_999, is_error=True)
    assert (len(span.name), len(span.status_message or "")) == (1_024, 4_096)
    assert row(name="a\0b").name == "a\ufffdb"


def test_a_placeholder_takes_the_place_of_the_span_it_announces() -> None:
    pending = {"logfire.span_type": "pending_span", "logfire.pending_parent_id": "00000000000000aa"}
    span = row(pending, parent_span_id="00000000000000bb", end_ns=START_NS)
    assert (span.pending, span.span_id, span.parent_span_id, span.end_ns) == (
        True,
        "00000000000000bb",
        "00000000000000aa",
        None,
    )
    root = row(pending | {"logfire.pending_parent_id": "0000000000000000"}, parent_span_id="00000000000000bb")
    assert root.parent_span_id is None


def test_previews_tell_what_was_asked_and_answered() -> None:
    span = row(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": messages(
                ("user", "first"), ("assistant", "yes"), ("user", "weather\n in  Paris?")
            ),
            "gen_ai.output.messages": messages(("assistant", "It is sunny.")),
        }
    )
    assert (span.input_preview, span.output_preview) == ("weather in Paris?", "It is sunny.")


def test_a_call_for_a_tool_is_previewed_as_such() -> None:
    call = [
        {"role": "assistant", "parts": [{"type": "tool_call", "name": "get_weather", "arguments": {"city": "Rome"}}]}
    ]
    span = row({"gen_ai.operation.name": "chat", "gen_ai.output.messages": json.dumps(call)})
    assert span.output_preview == 'calls get_weather({"city":"Rome"})'


@pytest.mark.parametrize(("parent_span_id", "length"), [(None, 200), ("b7ad6b7169203332", 100)])
def test_a_preview_is_one_line_that_ends_in_time(parent_span_id: str | None, length: int) -> None:
    span = row({"gen_ai.operation.name": "chat", "gen_ai.prompt": "word " * 1_000}, parent_span_id=parent_span_id)
    assert span.input_preview is not None
    assert len(span.input_preview) == length
    assert span.input_preview.endswith("…")


def test_a_workflows_only_argument_is_its_preview() -> None:
    sent = {"traceloop.span.kind": "workflow", "traceloop.entity.output": '"It is sunny."'}
    asked = row(sent | {"traceloop.entity.input": '{"args": ["weather?"], "kwargs": {}}'})
    assert (asked.input_preview, asked.output_preview) == ("weather?", "It is sunny.")
    assert row(sent | {"traceloop.entity.input": '{"args": [], "kwargs": {}}'}).input_preview is None


def test_a_tool_call_is_previewed_for_the_list_of_calls() -> None:
    attributes = {"gen_ai.tool.name": "search", "gen_ai.tool.call.arguments": '{"q": "x"}'}
    assert row(attributes).input_preview == "x"


def test_the_content_of_other_spans_is_previewed_only_of_a_root() -> None:
    attributes = {"openinference.span.kind": "RETRIEVER", "input.value": "x"}
    assert row(attributes).input_preview is None
    assert row(attributes, parent_span_id=b"").input_preview == "x"


def test_the_response_id_may_stand_in_the_response_alone() -> None:
    answered = {"openinference.span.kind": "LLM", "output.value": '{"id":"chatcmpl-58","choices":[]}'}
    assert row(answered).response_id == "chatcmpl-58"


def test_ids_and_project_are_kept() -> None:
    span = row()
    given = received()
    assert (span.trace_id, span.span_id, span.parent_span_id) == (given.trace_id, given.span_id, given.parent_span_id)
    assert (span.project_id, span.received_ns) == ("default", START_NS + 2 * SECOND_NS)


def test_a_langsmith_project_is_no_session() -> None:
    span = row(
        {
            "langsmith.span.kind": "chain",
            "langsmith.trace.session_name": "my-project",
            "langsmith.metadata.session_id": "s-1",
            "langsmith.span.tags": "graph:step:1, prod",
        },
        parent_span_id=None,
    )
    assert (span.kind, span.session_id, span.tags) == ("workflow", "s-1", '["prod"]')


def test_logfires_agents_are_told_by_their_message_template() -> None:
    tool = row({"logfire.msg_template": "Function: {name}", "name": "get_weather"}, name="Function: {name}")
    assert (tool.kind, tool.tool_name) == ("tool", "get_weather")
