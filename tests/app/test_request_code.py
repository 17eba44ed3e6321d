from __future__ import annotations

import ast
import json
import shlex
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.frames.request_code import as_curl, as_python
from collector.store.records import Message, Part, SpanDetail
from tests.analysis.spans import make_span
from tests.app.samples import HOSTILE
from tests.app.test_trace_page import span_detail

PARTS = st.builds(
    Part,
    type=st.sampled_from(["text", "tool_call", "tool_result", "image", "reasoning", "other"]),
    text=st.none() | st.text(max_size=200) | st.just('{"q": "it\'s"}'),
    name=st.none() | st.text(max_size=5),
    id=st.none() | st.text(max_size=5),
)
MESSAGES = st.builds(
    Message, role=st.sampled_from(["system", "user", "assistant", "tool"]), parts=st.lists(PARTS, max_size=3).map(tuple)
)


def detail(provider: str | None, *messages: Message, **known: Any) -> SpanDetail:
    record = make_span("a1", kind="llm", provider=provider, request_model="some-model")
    return span_detail(record, input=messages, **known)


def sent(curl: str) -> dict[str, Any]:
    words = shlex.split(curl)
    body: dict[str, Any] = json.loads(words[words.index("-d") + 1])
    return body


def test_openai_gets_its_roles_calls_and_results() -> None:
    call = Part(type="tool_call", name="search", id="c1", text='{"q": 1}')
    conversation = (
        Message(role="system", parts=(Part(type="text", text="Be kind."),)),
        Message(role="assistant", parts=(call,)),
        Message(role="tool", parts=(Part(type="tool_result", id="c1", text="found"),)),
    )
    body = sent(as_curl(detail("openai", *conversation, request_parameters={"temperature": 0, "maxRetries": 2})))
    assert body["temperature"] == 0
    assert "maxRetries" not in body
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q": 1}'}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
    ]


def test_anthropic_gets_its_system_and_blocks() -> None:
    call = Part(type="tool_call", name="search", id="c1", text='{"q": 1}')
    conversation = (
        Message(role="system", parts=(Part(type="text", text="Be kind."),)),
        Message(role="assistant", parts=(call,)),
    )
    body = sent(as_curl(detail("anthropic", *conversation)))
    assert body["system"] == "Be kind."
    assert body["max_tokens"] > 0
    assert body["messages"][0]["content"] == [{"type": "tool_use", "id": "c1", "name": "search", "input": {"q": 1}}]


def test_tools_are_offered_in_the_providers_own_shape() -> None:
    schema = {"type": "object", "properties": {}}
    for told in ({"name": "search", "input_schema": schema}, {"function": {"name": "search", "parameters": schema}}):
        said = {"input_text": "hi", "tool_definitions": (told,)}
        assert sent(as_curl(detail("anthropic", **said)))["tools"] == [{"name": "search", "input_schema": schema}]
        openai = sent(as_curl(detail("openai", **said)))["tools"]
        assert openai == [{"type": "function", "function": {"name": "search", "parameters": schema}}]


def test_plain_input_is_what_the_user_said() -> None:
    assert sent(as_curl(detail(None, input_text="hello")))["messages"] == [{"role": "user", "content": "hello"}]


@given(st.sampled_from(["openai", "anthropic", None]), st.lists(MESSAGES, max_size=4))
def test_whatever_was_said_both_are_whole_programs(provider: str | None, conversation: list[Message]) -> None:
    told = detail(provider, *conversation)
    tree = ast.parse(as_python(told))
    call = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.keywords and node.keywords[0].arg == "model"
    )
    arguments = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert arguments == sent(as_curl(told))


def test_nothing_in_a_message_ends_the_string_it_stands_in() -> None:
    evil = '\'; rm -rf / #\n"""\nimport os\n' + HOSTILE
    told = detail("openai", Message(role="user", parts=(Part(type="text", text=evil),)))
    assert sent(as_curl(told))["messages"][0]["content"] == evil
    assert not [node for node in ast.walk(ast.parse(as_python(told))) if isinstance(node, ast.Import)]
