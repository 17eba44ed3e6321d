"""Spring AI 1 and 2, beside GenAI names on its model calls.

Source: Spring AI's reference, "Observability". The client and its advisors wrap the model's call; everything that is
no model's call has the operation `framework`, which says nothing.
"""

from __future__ import annotations

from collector.semconv.convention import Convention

CONVENTION = Convention(
    name="Spring AI",
    kinds={"spring.ai.kind": {"tool_call": "tool", "vector_store": "retriever", "advisor": "other"}},
    root_kinds={"spring.ai.kind": {"chat_client": "workflow"}},
    fields={
        "tool_name": ("spring.ai.tool.definition.name",),
        "session_id": ("spring.ai.chat.client.conversation.id",),
        "input": ("spring.ai.tool.call.arguments", "spring.ai.chat.client.user.text", "db.vector.query.content"),
        "output": ("spring.ai.tool.call.result", "db.vector.query.response.documents"),
    },
)
