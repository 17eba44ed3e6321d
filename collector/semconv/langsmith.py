"""LangSmith's OpenTelemetry export, beside GenAI names. Its trace "session" is the project, not a conversation.

Source: langchain-ai/langsmith-sdk, python/langsmith/_internal/otel; recordings of 0.15. `langsmith.trace.name` is the
name of each run, not of the trace, and every run that is no known kind has the operation `chain`.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.genai import COMPLETION
from collector.semconv.values import run_tags

CONVENTION = Convention(
    name="LangSmith",
    kinds={
        "langsmith.span.kind": {
            "llm": "llm",
            "tool": "tool",
            "retriever": "retriever",
            "embedding": "embedder",
            "prompt": "prompt",
            "parser": "other",
        }
    },
    root_kinds={"langsmith.span.kind": {"chain": "workflow"}},
    fields={
        "provider": ("langsmith.metadata.ls_provider",),
        "request_model": ("langsmith.metadata.ls_model_name",),
        "session_id": ("langsmith.metadata.session_id",),
        "conversation_id": ("langsmith.metadata.thread_id", "langsmith.metadata.conversation_id"),
        "user_id": ("langsmith.metadata.user_id",),
        "agent_name": ("langsmith.metadata.lc_agent_name",),
        "version": ("langsmith.metadata.revision_id",),
        "environment": ("langsmith.metadata.environment",),
        "tags": ("langsmith.span.tags",),
    },
    parse={"langsmith.span.tags": run_tags},
    objects={
        "langsmith.metadata.usage_metadata": objects.usage,
        COMPLETION: objects.response,
        "gen_ai.usage.input_token_details": objects.input_details,
        "gen_ai.usage.output_token_details": objects.output_details,
    },
)
