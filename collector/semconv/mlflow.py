"""MLflow 3, which writes every value of its own as JSON, texts in quotes.

Source: mlflow/mlflow, mlflow/tracing/constant.py; recordings of 3.17. Its trace-level sums (`mlflow.trace.tokenUsage`,
`mlflow.trace.cost`) are left out on purpose: they repeat the spans.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention

TOOLS = "mlflow.chat.tools"
INPUTS = "mlflow.spanInputs"

CONVENTION = Convention(
    name="MLflow",
    kinds={
        "mlflow.spanType": {
            "llm": "llm",
            "chat_model": "llm",
            "agent": "agent",
            "tool": "tool",
            "retriever": "retriever",
            "embedding": "embedder",
            "reranker": "reranker",
            "workflow": "workflow",
            "guardrail": "guardrail",
            "evaluator": "evaluator",
            "parser": "other",
            "memory": "other",
            "task": "other",
        }
    },
    root_kinds={"mlflow.spanType": {"chain": "workflow"}},
    fields={
        "provider": ("mlflow.llm.provider",),
        "response_model": ("mlflow.llm.model",),
        "entity_model": ("model",),
        "entity_name": ("mlflow.spanFunctionName",),
        "session_id": ("mlflow.trace.session",),
        "user_id": ("mlflow.trace.user",),
        "input": ("mlflow.spanInputs",),
        "output": ("mlflow.spanOutputs",),
    },
    objects={"mlflow.chat.tokenUsage": objects.usage, "mlflow.llm.cost": objects.cost},
)
