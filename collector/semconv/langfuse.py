"""Langfuse 4, the Python and JavaScript SDKs, which are OpenTelemetry underneath.

Source: langfuse/langfuse-python, langfuse/_client/attributes.py; recordings. Usage and cost are JSON objects of
buckets that don't overlap: `input` leaves the cache out. The type `span` says nothing, so other conventions tell.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.values import level

MODEL_PARAMETERS = "langfuse.observation.model.parameters"
INPUT = "langfuse.observation.input"

CONVENTION = Convention(
    name="Langfuse",
    kinds={
        "langfuse.observation.type": {
            "generation": "llm",
            "embedding": "embedder",
            "agent": "agent",
            "tool": "tool",
            "retriever": "retriever",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
            "event": "other",
        }
    },
    root_kinds={"langfuse.observation.type": {"chain": "workflow"}},
    fields={
        "request_model": ("langfuse.observation.model.name",),
        "workflow": ("langfuse.trace.name",),
        "version": ("langfuse.version", "langfuse.observation.prompt.version", "langfuse.release"),
        "environment": ("langfuse.environment",),
        "session_id": ("langfuse.session.id", "langfuse.trace.metadata.session_id"),
        "user_id": ("langfuse.user.id", "langfuse.trace.metadata.user_id"),
        "tags": ("langfuse.trace.tags",),
        "first_token_ns": ("langfuse.observation.completion_start_time",),
        "error_level": ("langfuse.observation.level",),
        "error_message": ("langfuse.observation.status_message",),
        "input": ("langfuse.observation.input", "langfuse.trace.input"),
        "output": ("langfuse.observation.output", "langfuse.trace.output"),
    },
    parse={"langfuse.observation.level": level},
    objects={
        "langfuse.observation.usage_details": objects.usage_buckets,
        "langfuse.observation.cost_details": objects.cost,
    },
)
