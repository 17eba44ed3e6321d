"""Traceloop (OpenLLMetry): the SDK's decorators, and its instrumentations up to 0.47 and from 0.60.

Source: traceloop/openllmetry, opentelemetry-semantic-conventions-ai. The instrumentations put gen_ai.agent.name on
child spans too, and LangChain's marks a plain workflow as operation `invoke_agent`: traceloop.span.kind wins there.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.genai import OPERATION_NAME
from collector.semconv.values import run_content

PROMPT = "gen_ai.prompt."
COMPLETION = "gen_ai.completion."
FUNCTIONS = "llm.request.functions."
PARAMETERS = {
    "llm.request.reasoning_effort": "reasoning_effort",
    "llm.chat.stop_sequences": "stop_sequences",
    "llm.frequency_penalty": "frequency_penalty",
    "llm.presence_penalty": "presence_penalty",
    "llm.top_k": "top_k",
    "llm.is_streaming": "stream",
}
"""Of a request; the others have GenAI's names."""
CHUNK_EVENTS = ("gen_ai.content.completion.chunk", "llm.content.completion.chunk")


CONVENTION = Convention(
    name="Traceloop",
    kinds={
        OPERATION_NAME: {"execute_task": "other", "vector_db_retrieve": "retriever"},
        "traceloop.span.kind": {"workflow": "workflow", "agent": "agent", "tool": "tool"},
        "llm.request.type": {
            "chat": "llm",
            "completion": "llm",
            "embedding": "embedder",
            "rerank": "reranker",
        },
    },
    fields={
        "provider": ("traceloop.association.properties.ls_provider",),
        "total_tokens": ("llm.usage.total_tokens",),
        "input_tokens": ("llm.usage.prompt_tokens",),
        "output_tokens": ("llm.usage.completion_tokens",),
        "reasoning_tokens": ("llm.usage.reasoning_tokens",),
        "entity_name": ("traceloop.entity.name",),
        "entity_model": ("traceloop.association.properties.ls_model_name",),
        "workflow": ("traceloop.workflow.name",),
        "version": ("traceloop.prompt.version",),
        "session_id": ("traceloop.association.properties.session_id",),
        "conversation_id": ("traceloop.association.properties.thread_id",),
        "agent_name": ("traceloop.association.properties.lc_agent_name",),
        "user_id": ("traceloop.association.properties.user_id",),
        "tags": ("traceloop.association.properties.tags",),
        "finish_reason": ("gen_ai.completion.0.finish_reason",),
        "input": ("traceloop.entity.input",),
        "output": ("traceloop.entity.output",),
    },
    parse={"traceloop.entity.input": run_content, "traceloop.entity.output": run_content},
    objects={"traceloop.entity.input": objects.run_tags},
)
