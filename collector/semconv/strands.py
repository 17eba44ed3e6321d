"""Strands Agents 1 (AWS), beside GenAI names. Its messages are span events with Bedrock's blocks as JSON.

Source: strands-agents/sdk-python, src/strands/telemetry/tracer.py; recordings. Agents repeat their calls' usage;
`gen_ai.server.time_to_first_token` is whole milliseconds here (`genai` tells it from OpenLIT's seconds by its type).
"""

from __future__ import annotations

from collector.semconv.convention import Convention
from collector.semconv.genai import OPERATION_NAME

SYSTEM_PROMPT = "gen_ai.agent.system_prompt"

CONVENTION = Convention(
    name="Strands Agents",
    kinds={
        OPERATION_NAME: {
            "invoke_swarm": "workflow",
            "invoke_graph": "workflow",
            "execute_event_loop_cycle": "other",
        }
    },
    names={"execute_event_loop_cycle": "other"},
    fields={"tool_status": ("tool.status",)},
)
