"""Google's Agent Development Kit 1, beside GenAI names.

Source: google/adk-python, src/google/adk/telemetry/tracing.py; recordings. Its spans of a model call have no operation,
so they are told by their names; `{}` and `<not specified>` stand where there is nothing.
"""

from __future__ import annotations

from collector.semconv import objects
from collector.semconv.convention import Convention
from collector.semconv.values import content


def _filled(value: object) -> object | None:
    return None if value in ("{}", "N/A", '"<not specified>"', '{"result": "<not specified>"}') else content(value)


REQUEST = "gcp.vertex.agent.llm_request"
_INPUT = ("gcp.vertex.agent.tool_call_args", "gcp.vertex.agent.llm_request", "gcp.vertex.agent.data")
_OUTPUT = ("gcp.vertex.agent.tool_response", "gcp.vertex.agent.llm_response")

CONVENTION = Convention(
    name="Google ADK",
    scopes=("gcp.vertex.agent",),
    names={
        "invocation": "workflow",
        "agent_run": "agent",
        "invoke_agent": "agent",
        "call_llm": "llm",
        "generate_content": "llm",
        "execute_tool": "tool",
    },
    fields={
        "reasoning_tokens": ("gen_ai.usage.experimental.reasoning_tokens",),
        "session_id": ("gcp.vertex.agent.session_id",),
        "input": _INPUT,
        "output": _OUTPUT,
    },
    parse=dict.fromkeys((*_INPUT, *_OUTPUT), _filled),
    objects={"gcp.vertex.agent.llm_response": objects.generation},
)
