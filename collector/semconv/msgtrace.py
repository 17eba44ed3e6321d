"""msgtrace-sdk 1.2.0 and msgflux 0.5.1, which names its modules.

Source: msgtrace/sdk/attributes.py and msgflux/nn/modules. The SDK writes GenAI names otherwise; its cost attributes
are money although their names end in `_tokens`.
"""

from __future__ import annotations

from collector.semconv.convention import Convention
from collector.semconv.genai import OPERATION_NAME

CONVENTION = Convention(
    name="msgtrace",
    kinds={
        OPERATION_NAME: {"tool": "tool", "agent": "agent", "embedding": "embedder"},
        "module.type": {
            "agent": "agent",
            "generator": "llm",
            "lm": "llm",
            "localtool": "tool",
            "mcptool": "tool",
            "tool": "tool",
            "toollibrary": "other",
            "sequential": "workflow",
            "modulelist": "workflow",
            "embedder": "embedder",
            "retriever": "retriever",
            "searcher": "retriever",
            "transcriber": "transcriber",
            "speaker": "speaker",
        },
    },
    fields={
        "input_cost_nusd": ("gen_ai.usage.cost.input_tokens",),
        "output_cost_nusd": ("gen_ai.usage.cost.output_tokens",),
        "currency": ("gen_ai.usage.cost.currency",),
        "entity_name": ("module.name",),
        "workflow": ("workflow.name",),
        "version": ("version",),
        "environment": ("environment",),
        "tags": ("tags",),
        "input": ("tool.callings",),
        "output": ("gen_ai.tool.response", "gen_ai.agent.response", "tool.responses"),
        "flow": ("span.type",),
    },
)
