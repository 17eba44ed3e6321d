"""LiveKit Agents 1, beside GenAI names: its spans are told by their names.

Source: livekit/agents, livekit/agents/telemetry/trace_types.py.
"""

from __future__ import annotations

from collector.semconv.convention import Convention
from collector.semconv.values import seconds

CONVENTION = Convention(
    name="LiveKit Agents",
    scopes=("livekit-agents",),
    names={
        "agent_session": "workflow",
        "agent_turn": "agent",
        "llm_request": "llm",
        "function_tool": "tool",
        "tts_request": "speaker",
        "user_turn": "transcriber",
    },
    fields={
        "tool_name": ("lk.function_tool.name",),
        "tool_call_id": ("lk.function_tool.id",),
        "agent_name": ("lk.agent_name", "lk.agent_label"),
        "time_to_first_token_ns": ("lk.response.ttft", "lk.response.ttfb"),
        "messages": ("lk.chat_ctx",),
        "input": ("lk.function_tool.arguments", "lk.user_input", "lk.input_text"),
        "output": ("lk.function_tool.output", "lk.response.text", "lk.user_transcript", "lk.response.function_calls"),
    },
    parse={"lk.response.ttft": seconds, "lk.response.ttfb": seconds},
)
