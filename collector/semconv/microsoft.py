"""Semantic Kernel 1, Microsoft Agent Framework 1 and AutoGen 0.7: GenAI names with a few of their own.

Source: microsoft/semantic-kernel (model_diagnostics), microsoft/agent-framework (observability.py),
microsoft/autogen (autogen-core telemetry); recordings. Events carry the message as JSON in `gen_ai.event.content`.
AutoGen's runtime spans only pass messages on; its agents send no usage.
"""

from __future__ import annotations

from collector.semconv.convention import Convention
from collector.semconv.genai import OPERATION_NAME

EVENT_CONTENT = "gen_ai.event.content"

CONVENTION = Convention(
    name="Microsoft",
    kinds={
        OPERATION_NAME: {
            "chat.completions": "llm",
            "chat.streaming_completions": "llm",
            "text.completions": "llm",
            "text.streaming_completions": "llm",
        }
    },
    scopes=("agent_framework", "semantic_kernel", "Microsoft.SemanticKernel", "autogen"),
    names={
        "workflow.run": "workflow",
        "workflow_invoke": "workflow",
        "workflow.build": "other",
        "executor.process": "other",
        "invoke_agent": "agent",
        "execute_tool": "tool",
        "autogen ": "other",
    },
    fields={
        "input_tokens": ("gen_ai.response.prompt_tokens",),
        "output_tokens": ("gen_ai.response.completion_tokens",),
    },
)
