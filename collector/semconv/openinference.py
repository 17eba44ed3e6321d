"""OpenInference 0.1.42 (Arize), as sent by its instrumentations for OpenAI, Anthropic, LangChain, LlamaIndex, agents.

CrewAI, DSPy, smolagents and agno send no names of their own: their traces come through these instrumentations.

Source: Arize-ai/openinference, spec/semantic_conventions.md. `llm.model_name` ends up as the response's model, and
`tool.parameters` is the schema for most and the arguments for some, so the arguments are read from `input.value`.
"""

from __future__ import annotations

import re

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.values import unquoted

INPUT_MESSAGES = "llm.input_messages."
OUTPUT_MESSAGES = "llm.output_messages."
TOOLS = "llm.tools."
INVOCATION_PARAMETERS = "llm.invocation_parameters"
EMBEDDING_PARAMETERS = "embedding.invocation_parameters"
TOOL_NAMES = "smolagents.tools_names"
INPUT = "input.value"
PROMPTS = "llm.prompts."
CHOICES = "llm.choices."
DOCUMENTS = ("reranker.output_documents.", "retrieval.documents.")
EMBEDDINGS = "embedding.embeddings."
FIRST_TOKEN_EVENT = "First Token Stream Event"
PREPARATION = "._prepare_chat_with_tools"
"""How a span's name ends that LlamaIndex marks as a call and that only prepares one."""
AGENTS_SCOPE = "openinference.instrumentation.openai_agents"
"""It marks the root of a trace as an agent, and gives it no agent's name."""
UNNAMED_CREW = re.compile(r"(Crew|Flow)_[0-9a-f-]{32,36}\.kickoff")
"""What CrewAI calls the runs of a crew without a name; its id is another in each process."""

_GENERATED_ID = re.compile(r"[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _node_id(value: object) -> str | None:
    """An agent's role for CrewAI, its name for OpenAI's agents, and an id that says nothing for agno."""
    found = unquoted(value)
    return None if found is None or _GENERATED_ID.fullmatch(found) else found


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
        "agent_name": ("agent.name", "agno.agent"),
        "node_name": ("graph.node.name", "graph.node.id"),
        "version": ("llm.prompt_template.version",),
        "user_id": ("llm.user",),
        "tags": ("tag.tags",),
        "finish_reason": ("llm.finish_reason",),
        "input": ("input.value",),
        "output": ("output.value",),
    },
    parse={"graph.node.id": _node_id},
    objects={
        "metadata": objects.people,
        "output.value": objects.response,
        INVOCATION_PARAMETERS: objects.requested_model,
    },
)
