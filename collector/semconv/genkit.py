"""Genkit 1 (JavaScript, Go, Python): attributes `genkit:*`. A model's usage stands inside its output.

Source: genkit-ai/genkit, js/core/src/tracing and go/core/tracing. `genkit:name` is the model of a model span
("googleai/gemini-2.5-flash") and the name of anything else.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention

CONVENTION = Convention(
    name="Genkit",
    kinds={
        "genkit:metadata:subtype": {
            "flow": "workflow",
            "model": "llm",
            "background-model": "llm",
            "tool": "tool",
            "tool.v2": "tool",
            "agent": "agent",
            "embedder": "embedder",
            "retriever": "retriever",
            "reranker": "reranker",
            "evaluator": "evaluator",
            "prompt": "prompt",
            "executable-prompt": "prompt",
        },
        "genkit:type": {"flow": "workflow", "dotprompt": "prompt", "flowstep": "other"},
    },
    fields={
        "entity_name": ("genkit:name",),
        "entity_model": ("genkit:name",),
        "session_id": ("genkit:sessionId",),
        "input": ("genkit:input",),
        "output": ("genkit:output",),
    },
    objects={"genkit:output": objects.generation},
)
