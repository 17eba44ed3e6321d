"""LangSmith's OpenTelemetry export, beside GenAI names. Its trace "session" is the project, not a conversation.

Source: langchain-ai/langsmith-sdk, recordings.
"""

from __future__ import annotations

from collector.semconv.convention import Convention

CONVENTION = Convention(
    name="LangSmith",
    kinds={
        "langsmith.span.kind": {
            "llm": "llm",
            "tool": "tool",
            "retriever": "retriever",
            "embedding": "embedder",
            "prompt": "prompt",
        }
    },
    root_kinds={"langsmith.span.kind": {"chain": "workflow"}},
    fields={
        "provider": ("langsmith.metadata.ls_provider",),
        "request_model": ("langsmith.metadata.ls_model_name",),
        "session_id": (
            "langsmith.metadata.session_id",
            "langsmith.metadata.thread_id",
            "langsmith.metadata.conversation_id",
        ),
        "user_id": ("langsmith.metadata.user_id",),
        "tags": ("langsmith.span.tags",),
    },
)
