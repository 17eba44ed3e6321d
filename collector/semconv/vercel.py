"""Vercel AI SDK 3 to 5 (and the legacy telemetry of later ones): attributes `ai.*`, beside GenAI's on model calls.
Version 7 sends GenAI's names from the scope `gen_ai`, its steps as the operation `agent_step`.

Source: vercel/ai, packages/ai/src/telemetry; recordings of 5.0. An outer span (`ai.generateText`) repeats the usage
of the calls inside it.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.values import content, json_value, milliseconds

FIRST_CHUNK_EVENT = "ai.stream.firstChunk"
RESPONSE_TEXT = "ai.response.text"
RESPONSE_TOOL_CALLS = "ai.response.toolCalls"
RESPONSE_REASONING = "ai.response.reasoning"
PROMPT_TOOLS = "ai.prompt.tools"
TOOL_CHOICE = "ai.prompt.toolChoice"
SETTINGS_PREFIX = "ai.settings."

_OUTER = ("ai.generatetext", "ai.streamtext", "ai.generateobject", "ai.streamobject")
_INNER = tuple(f"{outer}.do{verb}" for outer in _OUTER for verb in ("generate", "stream"))
_EMBED = ("ai.embed.doembed", "ai.embedmany.doembed")


def _values(value: object) -> object | None:
    """A list of texts in quotes."""
    return [json_value(item) or item for item in value] if isinstance(value, list) else content(value)


CONVENTION = Convention(
    name="Vercel AI",
    kinds={
        "ai.operationId": {
            **dict.fromkeys(_OUTER, "workflow"),
            **dict.fromkeys(_INNER, "llm"),
            **dict.fromkeys(_EMBED, "embedder"),
            "ai.embed": "workflow",
            "ai.embedmany": "workflow",
            "ai.toolcall": "tool",
        }
    },
    fields={
        "provider": ("ai.model.provider",),
        "request_model": ("ai.model.id",),
        "response_model": ("ai.response.model",),
        "response_id": ("ai.response.id",),
        "input_tokens": ("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
        "output_tokens": ("ai.usage.outputTokens", "ai.usage.completionTokens"),
        "total_tokens": ("ai.usage.totalTokens",),
        "cache_read_tokens": ("ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens"),
        "cache_write_tokens": ("ai.usage.inputTokenDetails.cacheWriteTokens",),
        "reasoning_tokens": ("ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens"),
        "tool_name": ("ai.toolCall.name",),
        "tool_call_id": ("ai.toolCall.id",),
        "workflow": ("ai.telemetry.functionId",),
        "session_id": ("ai.telemetry.metadata.sessionId", "ai.telemetry.metadata.session_id"),
        "user_id": ("ai.telemetry.metadata.userId", "ai.telemetry.metadata.user_id"),
        "tags": ("ai.telemetry.metadata.tags",),
        "time_to_first_token_ns": ("ai.response.msToFirstChunk",),
        "finish_reason": ("ai.response.finishReason", "ai.finishReason"),
        "messages": ("ai.prompt.messages", "ai.prompt"),
        "input": ("ai.toolCall.args", "ai.value", "ai.values", "ai.prompt"),
        "output": (
            "ai.toolCall.result",
            RESPONSE_TEXT,
            "ai.response.object",
            RESPONSE_TOOL_CALLS,
            "ai.result.text",
            "ai.result.object",
            "ai.result.toolCalls",
        ),
    },
    objects={"ai.response.providerMetadata": objects.gateway_cost},
    parse={"ai.response.msToFirstChunk": milliseconds, "ai.values": _values},
)
