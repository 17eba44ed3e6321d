"""Haystack 2's own tracing, with the OpenTelemetry backend and content tracing switched on.

Source: deepset-ai/haystack, haystack/tracing and core/pipeline. A span is told by its name and by the class of the
component that ran; the model and its usage stand inside the component's output.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.values import unquoted

_BY_ENDING = {
    "generator": "llm",
    "embedder": "embedder",
    "retriever": "retriever",
    "ranker": "reranker",
    "agent": "agent",
    "toolinvoker": "tool",
    "transcriber": "transcriber",
    "evaluator": "evaluator",
    "promptbuilder": "prompt",
}


def _component_kind(value: object) -> str | None:
    """By how the class is named: OpenAIChatGenerator, SentenceTransformersTextEmbedder, ..."""
    name = (unquoted(value) or "").lower()
    return next((kind for ending, kind in _BY_ENDING.items() if name.endswith(ending)), "other" if name else None)


CONVENTION = Convention(
    name="Haystack",
    kinds={"haystack.component.type": _component_kind},
    names={
        "haystack.pipeline.run": "workflow",
        "haystack.async_pipeline.run": "workflow",
        "haystack.agent.run": "agent",
        "haystack.agent.step.llm": "llm",
        "haystack.agent.step.tool": "tool",
        "haystack.chat_generator.run": "llm",
    },
    fields={
        "request_model": ("haystack.component.model",),
        "entity_name": ("haystack.tool.name", "haystack.component.name"),
        "input": ("haystack.component.input", "haystack.pipeline.input_data", "haystack.agent.input"),
        "output": ("haystack.component.output", "haystack.pipeline.output_data", "haystack.agent.output"),
    },
    objects={"haystack.component.output": objects.replies},
)
