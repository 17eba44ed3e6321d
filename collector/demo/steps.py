"""A run as a tree of steps: what was done and how long its own work took. `spans` gives each its place in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

AttributeValue = str | bool | int | float | Sequence[str]
Attributes = dict[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception as Python reports it. `frames` are (file, line, function, code), outermost first."""

    type: str
    message: str
    frames: tuple[tuple[str, int, str, str], ...]

    def stack_trace(self) -> str:
        frames = (
            f'  File "{file}", line {line}, in {function}\n    {code}' for file, line, function, code in self.frames
        )
        return "\n".join(["Traceback (most recent call last):", *frames, f"{self.type}: {self.message}"])


@dataclass(slots=True)
class Step:
    """One span to be. Children run one after the other, or up to `lanes` of them at once."""

    name: str
    attributes: Attributes = field(default_factory=dict)
    children: list[Step] = field(default_factory=list)
    own_ms: float = 8.0
    """Work before the first child; all of it for a step without children."""
    gap_ms: float = 6.0
    """Between a child's end and the start of the next one in its lane."""
    tail_ms: float = 0.0
    """Work after the last child."""
    lanes: int = 1
    failure: Failure | None = None
    is_client: bool = False
    """A call that leaves the process: a model, a database, another server."""
    scope: str = ""
    """The instrumentation scope; empty for the program's own."""


def compact_json(value: object) -> str:
    return orjson.dumps(value).decode()


def as_message(role: str, text: str) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def workflow(name: str, asked: str, answered: str | None, steps: list[Step], attributes: Attributes) -> Step:
    """The root of a run. `answered` is None when it failed before it had an answer."""
    described: Attributes = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": name,
        "gen_ai.input.messages": compact_json([as_message("user", asked)]),
    }
    if answered is not None:
        answer = {**as_message("assistant", answered), "finish_reason": "stop"}
        described["gen_ai.output.messages"] = compact_json([answer])
    return Step(name, described | attributes, steps, own_ms=14.0, tail_ms=9.0)


def agent(name: str, steps: list[Step], *, version: str = "", span_name: str = "", lanes: int = 1) -> Step:
    attributes: Attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}
    if version:
        attributes["gen_ai.agent.version"] = version
    return Step(span_name or f"invoke_agent {name}", attributes, steps, lanes=lanes, tail_ms=5.0)


def tool(
    name: str,
    arguments: Mapping[str, object],
    result: object,
    own_ms: float,
    *,
    call_id: str = "",
    span_name: str = "",
    failure: Failure | None = None,
    steps: list[Step] | None = None,
) -> Step:
    """A tool call. `result` is None when it raised; what it answers is sent as JSON, text as it stands."""
    attributes: Attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.arguments": compact_json(arguments),
    }
    if call_id:
        attributes["gen_ai.tool.call.id"] = call_id
    if result is not None:
        attributes["gen_ai.tool.call.result"] = result if isinstance(result, str) else compact_json(result)
    title = span_name or f"execute_tool {name}"
    return Step(title, attributes, steps or [], own_ms=own_ms, tail_ms=6.0 if steps else 0.0, failure=failure)


def retrieval(
    source: str, query: str, documents: list[dict[str, object]], own_ms: float, *, span_name: str = ""
) -> Step:
    """A look-up in a vector store; a document is {"id", "score", "content"}."""
    attributes: Attributes = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": source,
        "gen_ai.retrieval.query.text": query,
        "gen_ai.retrieval.top_k": max(len(documents), 1),
        "gen_ai.retrieval.documents": compact_json(documents),
    }
    return Step(span_name or f"retrieval {source}", attributes, own_ms=own_ms, is_client=True)


def embeddings(text: str, input_tokens: int, own_ms: float, *, span_name: str = "") -> Step:
    model = "text-embedding-3-small"
    attributes: Attributes = {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "gen_ai.embeddings.dimension.count": 1536,
        "gen_ai.input.messages": compact_json([as_message("user", text)]),
        "gen_ai.usage.input_tokens": input_tokens,
        "server.address": "api.openai.com",
    }
    return Step(span_name or f"embeddings {model}", attributes, own_ms=own_ms, is_client=True,
                scope="opentelemetry.instrumentation.genai.openai")  # fmt: skip


def fail(*steps: Step, failure: Failure) -> None:
    """Marks the steps an exception passed through on its way up."""
    for step in steps:
        step.failure = failure
