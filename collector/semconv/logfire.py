"""Pydantic Logfire 5.2, which announces a span with a placeholder, and pydantic-ai 0.4 to 2.68, which builds on it.

Source: pydantic/logfire, pydantic/pydantic-ai, recordings. A placeholder (`pending_span`) is a child of the span it
stands for and names that span's parent. The instrumentation of OpenAI's agents tells a span's kind by its message
template alone.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.values import level, tags

PENDING = "pending_span"
MODEL_SETTINGS = "model_settings"
MODEL_PARAMETERS = "model_request_parameters"
REQUEST = "request_data"
RESPONSE = "response"
TOOLS = "tools"


def _tags(value: object) -> tuple[str, ...] | None:
    """Without the tag that Logfire puts on every model call itself."""
    return tuple(tag for tag in tags(value) or () if tag != "LLM") or None


CONVENTION = Convention(
    name="Logfire",
    kinds={
        "logfire.msg_template": {
            "function: {name}": "tool",
            "agent run: {name!r}": "agent",
            "guardrail {name!r} {triggered=}": "guardrail",
            "openai agents trace: {name}": "workflow",
            "running tool: {gen_ai.tool.name}": "tool",
        }
    },
    scopes=("pydantic-ai",),
    names={"agent run": "agent", "running tools": "other", "running tool": "tool"},
    fields={
        "pending": ("logfire.span_type",),
        "pending_parent_id": ("logfire.pending_parent_id",),
        "response_id": ("response_id",),
        "cost_nusd": ("operation.cost",),
        "agent_name": ("agent_name",),
        "session_id": ("group_id",),
        "tags": ("logfire.tags",),
        "entity_name": ("name",),
        "error_level": ("logfire.level_num",),
        "conversation": ("pydantic_ai.all_messages", "all_messages_events", "events"),
        "messages": ("raw_input", "request_data"),
        "input": ("tool_arguments", "input", "prompt"),
        "output": ("tool_response", "final_result", "output", "response", "response_data"),
    },
    parse={"logfire.tags": _tags, "logfire.level_num": level},
    objects={"usage": objects.usage, "error": objects.error},
)
