"""OpenTelemetry GenAI, all generations: 1.26 to 1.42 and the unreleased names of semantic-conventions-genai.

Source: open-telemetry/semantic-conventions (to 1.41), open-telemetry/semantic-conventions-genai,
opentelemetry-util-genai 1.3b0, opentelemetry-instrumentation-openai-v2, the Anthropic SDK 2.12. Vercel AI 7 sends these
names and no others. `gen_ai.aggregated_usage.*` (pydantic-ai) is left out on purpose: it repeats the children.
"""

from __future__ import annotations

import re

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.values import run_content, seconds, seconds_or_whole_milliseconds

OPERATION_NAME = "gen_ai.operation.name"
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
PROMPT = "gen_ai.prompt"
COMPLETION = "gen_ai.completion"
TOOL_DEFINITIONS = "gen_ai.tool.definitions"
AGENT_TOOLS = "gen_ai.agent.tools"
"""Names only (Strands)."""
REQUEST_PREFIXES = ("gen_ai.request.", "gen_ai.openai.request.", "openai.request.")

EVENT_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
    "gen_ai.tools.message": "tool",
}
CHOICE_EVENT = "gen_ai.choice"
PROMPT_EVENT = "gen_ai.content.prompt"
COMPLETION_EVENT = "gen_ai.content.completion"
DETAILS_EVENT = "gen_ai.client.inference.operation.details"
EXCEPTION_EVENT = "gen_ai.client.operation.exception"
EVALUATION_EVENT = "gen_ai.evaluation.result"
EVALUATION_NAME = "gen_ai.evaluation.name"
EVALUATION_VALUE = "gen_ai.evaluation.score.value"
EVALUATION_LABEL = "gen_ai.evaluation.score.label"
EVALUATION_EXPLANATION = "gen_ai.evaluation.explanation"
CONTENT_EVENT = re.compile(r"gen_ai\.(?:\w+\.message|choice|content\.\w+|client\.inference\.operation\.details)")
"""Events that hold messages, on spans and as log records."""

_OTHER = dict.fromkeys(
    (
        "agent_step",
        "plan",
        "create_memory",
        "update_memory",
        "upsert_memory",
        "delete_memory",
        "search_memory",
        "create_memory_store",
        "delete_memory_store",
    ),
    "other",
)

CONVENTION = Convention(
    name="OpenTelemetry GenAI",
    kinds={
        OPERATION_NAME: {
            **_OTHER,
            "chat": "llm",
            "text_completion": "llm",
            "generate_content": "llm",
            "embeddings": "embedder",
            "execute_tool": "tool",
            "invoke_agent": "agent",
            "create_agent": "agent",
            "invoke_workflow": "workflow",
            "retrieval": "retriever",
        }
    },
    root_kinds={OPERATION_NAME: {"chain": "workflow"}},
    fields={
        "operation": (OPERATION_NAME,),
        "provider": ("gen_ai.provider.name", "gen_ai.system"),
        "request_model": ("gen_ai.request.model",),
        "response_model": ("gen_ai.response.model",),
        "response_id": ("gen_ai.response.id",),
        "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        "total_tokens": ("gen_ai.usage.total_tokens",),
        "cache_read_tokens": (
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "gen_ai.usage.details.cache_read_tokens",
        ),
        "cache_write_tokens": (
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "gen_ai.usage.cache_write_input_tokens",
            "gen_ai.usage.details.cache_write_tokens",
        ),
        "cache_write_1h_tokens": ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens",),
        "cache_write_5m_tokens": ("anthropic.usage.cache_creation.ephemeral_5m_input_tokens",),
        "reasoning_tokens": (
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "gen_ai.usage.details.reasoning_tokens",
        ),
        "input_audio_tokens": ("gen_ai.usage.audio.input_tokens",),
        "output_audio_tokens": ("gen_ai.usage.audio.output_tokens", "gen_ai.usage.details.audio_tokens"),
        "tool_name": ("gen_ai.tool.name",),
        "tool_call_id": ("gen_ai.tool.call.id",),
        "tool_status": ("gen_ai.tool.status", "gen_ai.tool.call.status", "gen_ai.task.status"),
        "agent_name": ("gen_ai.agent.name",),
        "workflow": ("gen_ai.workflow.name",),
        "version": ("gen_ai.prompt.version", "gen_ai.agent.version"),
        "environment": ("deployment.environment.name", "deployment.environment"),
        "session_id": ("session.id",),
        "conversation_id": ("gen_ai.conversation.id",),
        "user_id": ("user.id", "enduser.id"),
        "time_to_first_token_ns": (
            "gen_ai.response.time_to_first_chunk",
            "gen_ai.client.operation.time_to_first_chunk",
            "gen_ai.server.time_to_first_token",
        ),
        "finish_reason": (
            "gen_ai.response.finish_reasons",
            "gen_ai.response.finish_reason",
            "anthropic.message.stop_reason",
        ),
        "input": ("gen_ai.tool.call.arguments", "gen_ai.retrieval.query.text"),
        "output": ("gen_ai.tool.call.result", "gen_ai.retrieval.documents"),
        "error_type": ("error.type",),
    },
    objects={"gen_ai.usage.raw": objects.usage},
    parse={
        "gen_ai.response.time_to_first_chunk": seconds,
        "gen_ai.client.operation.time_to_first_chunk": seconds,
        "gen_ai.server.time_to_first_token": seconds_or_whole_milliseconds,
        "gen_ai.tool.call.arguments": run_content,
        "gen_ai.tool.call.result": run_content,
    },
)
