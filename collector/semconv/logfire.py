"""Pydantic Logfire 5.2, which announces a span with a placeholder, and pydantic-ai 0.4 to 2.68, which builds on it.

Source: pydantic/logfire, pydantic/pydantic-ai, recordings. A placeholder (`pending_span`) is a child of the span it
stands for and names that span's parent. The instrumentation of OpenAI's agents tells a span's kind by its message
template alone.
"""

from __future__ import annotations

from collector.semconv.convention import Convention

PENDING = "pending_span"

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
    fields={
        "pending": ("logfire.span_type",),
        "pending_parent_id": ("logfire.pending_parent_id",),
        "response_id": ("response_id",),
        "session_id": ("group_id",),
        "entity_name": ("name",),
        "input": ("input",),
        "messages": ("pydantic_ai.all_messages", "all_messages_events", "raw_input"),
        "output": ("final_result", "output"),
    },
)
