from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.offered import request_parameters, tool_definitions

SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}
SEARCH = {"name": "search", "description": "Looks things up", "parameters": SCHEMA}
OPENAI = {"type": "function", "function": SEARCH}
ANTHROPIC = {"name": "search", "input_schema": SCHEMA}
GOOGLE = {"function_declarations": [SEARCH]}


def text(value: object) -> str:
    return json.dumps(value)


OFFERED: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "gen_ai": ({"gen_ai.tool.definitions": text([SEARCH])}, SEARCH),
    "gen_ai as structure": ({"gen_ai.tool.definitions": [SEARCH]}, SEARCH),
    "openinference": ({"llm.tools.0.tool.json_schema": text(OPENAI)}, OPENAI),
    "openinference anthropic": ({"llm.tools.0.tool.json_schema": text(ANTHROPIC)}, ANTHROPIC),
    "traceloop": (
        {"llm.request.functions.0.name": "search", "llm.request.functions.0.parameters": text(SCHEMA)},
        {"name": "search", "parameters": SCHEMA},
    ),
    "vercel": ({"ai.prompt.tools": [text(SEARCH)]}, SEARCH),
    "mlflow": ({"mlflow.chat.tools": text([OPENAI])}, OPENAI),
    "mlflow inputs": ({"mlflow.spanInputs": text({"tools": [OPENAI], "messages": []})}, OPENAI),
    "pydantic-ai": ({"model_request_parameters": text({"function_tools": [SEARCH], "output_tools": []})}, SEARCH),
    "logfire": ({"request_data": text({"tools": [OPENAI], "model": "gpt-4o"})}, OPENAI),
    "logfire responses": ({"response": text({"tools": [SEARCH], "temperature": 1.0})}, SEARCH),
    "langfuse": ({"langfuse.observation.input": text({"tools": [OPENAI], "messages": []})}, OPENAI),
    "google adk": ({"gcp.vertex.agent.llm_request": text({"config": {"tools": [GOOGLE]}})}, SEARCH),
    "whole request": ({"input.value": text({"model": "gpt-4o", "tools": [OPENAI]})}, OPENAI),
    "strands": ({"gen_ai.agent.tools": '["search"]'}, {"name": "search"}),
    "smolagents": ({"smolagents.tools_names": ["search"]}, {"name": "search"}),
    "openai agents": ({"tools": ["search"]}, {"name": "search"}),
}

ASKED: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "gen_ai": ({"gen_ai.request.top_p": 0.5, "gen_ai.request.model": "m"}, {"top_p": 0.5}),
    "openinference": ({"llm.invocation_parameters": '{"seed": 7, "model": "m", "stop": null}'}, {"seed": 7}),
    "openinference embeddings": (
        {"embedding.invocation_parameters": '{"model": "m", "encoding_format": "base64"}'},
        {"encoding_format": "base64"},
    ),
    "traceloop": ({"llm.top_k": 4, "llm.request.type": "chat"}, {"top_k": 4}),
    "vercel": (
        {"ai.settings.temperature": 0, "ai.prompt.toolChoice": '{"type":"auto"}'},
        {"temperature": 0, "toolChoice": {"type": "auto"}},
    ),
    "logfire": ({"model_settings": '{"temperature": null, "max_tokens": 9}'}, {"max_tokens": 9}),
    "logfire responses": ({"response": '{"temperature": 1.0, "id": "r", "output": []}'}, {"temperature": 1.0}),
    "langfuse": ({"langfuse.observation.model.parameters": '{"temperature": 1}'}, {"temperature": 1}),
    "mlflow": ({"mlflow.spanInputs": '{"messages": [], "temperature": 0.1}'}, {"temperature": 0.1}),
    "google adk": ({"gcp.vertex.agent.llm_request": '{"config": {"temperature": 0.3}}'}, {"temperature": 0.3}),
    "whole request": ({"input.value": '{"model": "m", "messages": [], "max_tokens": 5}'}, {"max_tokens": 5}),
}


@pytest.mark.parametrize("convention", OFFERED)
def test_the_tools_offered_are_found_as_sent(convention: str) -> None:
    attributes, tool = OFFERED[convention]
    assert tool_definitions(attributes, is_model_call=True) == (tool,)


@pytest.mark.parametrize("convention", ASKED)
def test_parameters_are_found_without_the_request(convention: str) -> None:
    attributes, parameters = ASKED[convention]
    assert request_parameters(attributes, is_model_call=True) == parameters


def test_tools_that_two_conventions_tell_are_told_once() -> None:
    both = {"gen_ai.tool.definitions": text([SEARCH]), "llm.tools.0.tool.json_schema": text(OPENAI)}
    assert tool_definitions(both, is_model_call=True) == (SEARCH,)


def test_arguments_of_a_tool_are_no_parameters_of_a_request() -> None:
    called = {"input.value": '{"temperature": 21, "tools": [{"name": "hammer"}]}'}
    assert request_parameters(called, is_model_call=False) == {}
    assert tool_definitions(called, is_model_call=False) == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tools", "name", "config"]), inner),
    max_leaves=8,
)


@given(_JSON, st.sampled_from(sorted({key for attributes, _ in OFFERED.values() for key in attributes})))
def test_nonsense_is_no_fault(value: object, key: str) -> None:
    for sent in (value, text(value)):
        request_parameters({key: sent}, is_model_call=True)
        tool_definitions({key: sent}, is_model_call=True)
