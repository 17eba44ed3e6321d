"""What a model was asked with beside its messages: parameters, and the tools it might use.

Each convention has a place for both. Where a client has none, the request (or the response that repeats it) is often
written whole into an attribute: then what stands there counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collector.message_shapes import unflatten
from collector.semconv import adk, genai, langfuse, logfire, mlflow, openinference, traceloop, vercel
from collector.semconv.values import as_text, json_object, json_value

Attributes = Mapping[str, object]
_PREFIXES = (*genai.REQUEST_PREFIXES, vercel.SETTINGS_PREFIX)
_OBJECTS = (
    openinference.INVOCATION_PARAMETERS,
    openinference.EMBEDDING_PARAMETERS,
    langfuse.MODEL_PARAMETERS,
    logfire.MODEL_SETTINGS,
    logfire.REQUEST,
)
_NAMED = {vercel.TOOL_CHOICE: "toolChoice", **traceloop.PARAMETERS}
_TOOL_LISTS = (genai.TOOL_DEFINITIONS, vercel.PROMPT_TOOLS, mlflow.TOOLS)
_TOOL_NAMES = (genai.AGENT_TOOLS, openinference.TOOL_NAMES, logfire.TOOLS)
_REQUESTS = (logfire.REQUEST, openinference.INPUT, logfire.RESPONSE, adk.REQUEST, langfuse.INPUT, mlflow.INPUTS)
_TOOL_KEYS = ("tools", "functions", "function_tools", "output_tools", "functionDeclarations", "function_declarations")
_SETTINGS = frozenset(
    {
        *("temperature", "top_p", "top_k", "max_tokens", "max_output_tokens", "max_completion_tokens", "seed", "stop"),
        *("stop_sequences", "tool_choice", "parallel_tool_calls", "response_format", "reasoning", "reasoning_effort"),
        *("frequency_penalty", "presence_penalty", "service_tier", "thinking", "thinking_config", "n", "stream"),
    }
)
"""What counts in a whole request, where anything may stand."""
_NO_PARAMETERS = {
    *("created_at", "completed_at", "id", "input", "instructions", "messages", "metadata", "model", "model_name"),
    *("object", "output", "prompt", "status", "system", "tools", "functions", "usage", "type", "_type"),
}
"""Some clients write the whole request, or the whole response, where the parameters belong."""
_PARAMETER_LENGTH = 500
_MAX_TOOLS = 500


def request_parameters(attributes: Attributes, *, is_model_call: bool) -> dict[str, object]:
    """Temperature, limits and the like, under the names their provider gives them."""
    found = dict(_parameters(attributes))
    if is_model_call and not found:
        found = {name: value for name, value in _whole_request(attributes).items() if name in _SETTINGS}
    return {name: value for name, value in found.items() if _is_parameter(name, value)}


def tool_definitions(attributes: Attributes, *, is_model_call: bool) -> tuple[dict[str, object], ...]:
    """The tools that were offered to a model, as sent; where only names were sent, the names."""
    found = next(filter(None, _definitions(attributes)), [])
    if is_model_call and not found:
        found = list(_listed(_whole_request(attributes)))
    if not found:
        names = next((attributes[name] for name in _TOOL_NAMES if attributes.get(name)), None)
        listed = json_value(names) if isinstance(names, str) else names
        found = [{"name": name} for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
    return tuple(found[:_MAX_TOOLS])


def _parameters(attributes: Attributes) -> Iterator[tuple[str, object]]:
    for holder in _OBJECTS:
        yield from json_object(attributes.get(holder)).items()
    for key, value in attributes.items():
        if key.startswith(_PREFIXES):
            yield next(key.removeprefix(prefix) for prefix in _PREFIXES if key.startswith(prefix)), value
        elif name := _NAMED.get(key):
            yield name, json_value(value) or value if isinstance(value, str) else value


def _is_parameter(name: str, value: object) -> bool:
    empty = value is None or value == "" or value == [] or value == {} or value == "[]"
    return not empty and name not in _NO_PARAMETERS and len(as_text(value)) <= _PARAMETER_LENGTH


def _definitions(attributes: Attributes) -> Iterator[list[dict[str, object]]]:
    """By source, the best first: some clients fill several."""
    for holder in _TOOL_LISTS:
        if offered := attributes.get(holder):
            yield list(_tools_in(offered))
    indexed = (tool.get("tool") for tool in unflatten(attributes, openinference.TOOLS))
    yield [tool for inner in indexed if isinstance(inner, dict) for tool in _tools_in(inner.get("json_schema"))]
    functions = unflatten(attributes, traceloop.FUNCTIONS)
    yield [{**tool, "parameters": json_value(tool.get("parameters")) or tool.get("parameters")} for tool in functions]
    for holder in (logfire.MODEL_PARAMETERS, logfire.REQUEST, logfire.RESPONSE):
        if request := json_object(attributes.get(holder)):
            yield list(_listed(request))


def _listed(request: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """The tools of a whole request. Google's tools are lists of functions under a name of their own."""
    for key in _TOOL_KEYS:
        if offered := request.get(key):
            yield from _tools_in(offered)


def _tools_in(offered: object) -> Iterator[dict[str, object]]:
    found = json_value(offered) if isinstance(offered, str) else offered
    if isinstance(found, dict):
        nested = list(_listed(found)) if "name" not in found else []
        yield from nested or [found]
    elif isinstance(found, list):
        for tool in found:
            if not isinstance(tool, str) or tool[:1] == "{":
                yield from _tools_in(tool)


def _whole_request(attributes: Attributes) -> Mapping[str, object]:
    """The request of a model call where it stands as JSON; empty where it doesn't."""
    for holder in _REQUESTS:
        if not (request := json_object(attributes.get(holder))):
            continue
        config = request.get("config")
        inside = {**request, **config} if isinstance(config, dict) else request
        if any(inside.get(key) for key in (*_TOOL_KEYS, *_SETTINGS)):
            return inside
    return {}
