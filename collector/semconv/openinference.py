"""OpenInference 0.1.42 (Arize), as sent by its instrumentations for OpenAI, Anthropic, LangChain, LlamaIndex, agents.

CrewAI, DSPy, smolagents and agno send no names of their own: their traces come through these instrumentations.

Source: Arize-ai/openinference, spec/semantic_conventions.md. `llm.model_name` ends up as the response's model, and
`tool.parameters` is the schema for most and the arguments for some, so the arguments are read from `input.value`.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention

INPUT_MESSAGES = "llm.input_messages."
OUTPUT_MESSAGES = "llm.output_messages."
TOOLS = "llm.tools."
INVOCATION_PARAMETERS = "llm.invocation_parameters"
PROMPTS = "llm.prompts."
CHOICES = "llm.choices."
DOCUMENTS = ("reranker.output_documents.", "retrieval.documents.")
EMBEDDINGS = "embedding.embeddings."
FIRST_TOKEN_EVENT = "First Token Stream Event"

CONVENTION = Convention(
    name="OpenInference",
    kinds={
        "openinference.span.kind": {
            "llm": "llm",
            "embedding": "embedder",
            "retriever": "retriever",
            "reranker": "reranker",
            "tool": "tool",
            "agent": "agent",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
            "prompt": "prompt",
        }
    },
    root_kinds={"openinference.span.kind": {"chain": "workflow"}},
    fields={
        "provider": ("llm.provider", "llm.system"),
        "request_model": ("llm.request.model_name", "embedding.model_name", "reranker.model_name"),
        "response_model": ("llm.response.model_name", "llm.model_name"),
        "input_tokens": ("llm.token_count.prompt",),
        "output_tokens": ("llm.token_count.completion",),
        "total_tokens": ("llm.token_count.total",),
        "cache_read_tokens": (
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
        ),
        "cache_write_tokens": ("llm.token_count.prompt_details.cache_write",),
        "reasoning_tokens": ("llm.token_count.completion_details.reasoning",),
        "input_audio_tokens": ("llm.token_count.prompt_details.audio",),
        "output_audio_tokens": ("llm.token_count.completion_details.audio",),
        "cost_nusd": ("llm.cost.total",),
        "input_cost_nusd": ("llm.cost.prompt",),
        "output_cost_nusd": ("llm.cost.completion",),
        "tool_name": ("tool.name",),
        "tool_call_id": ("tool.id", "tool_call.id"),
        "agent_name": ("agent.name",),
        "node_name": ("graph.node.name", "graph.node.id"),
        "version": ("llm.prompt_template.version",),
        "user_id": ("llm.user",),
        "tags": ("tag.tags",),
        "finish_reason": ("llm.finish_reason",),
        "input": ("input.value",),
        "output": ("output.value",),
    },
    objects={"metadata": objects.people, INVOCATION_PARAMETERS: objects.requested_model},
)
