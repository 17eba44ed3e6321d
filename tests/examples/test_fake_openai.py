"""The fake model API, asked with the real client library."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from openai import NotFoundError, OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from examples.fake_openai import FakeOpenAI

QUESTION: ChatCompletionMessageParam = {"role": "user", "content": "What is the weather in Lisbon?"}
TOOL: ChatCompletionToolParam = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}


@pytest.fixture
def api() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as api:
        yield api


@pytest.fixture
def client(api: FakeOpenAI) -> Iterator[OpenAI]:
    with OpenAI(api_key="none", base_url=api.base_url, max_retries=0) as client:
        yield client


def test_an_offered_tool_is_called_and_its_result_is_the_answer(client: OpenAI, api: FakeOpenAI) -> None:
    first = client.chat.completions.create(model="m", messages=[QUESTION], tools=[TOOL])
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "tool_calls"
    assert message.tool_calls
    call = message.tool_calls[0]
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Lisbon"})
    result: ChatCompletionMessageParam = {"role": "tool", "tool_call_id": call.id, "content": "windy"}
    second = client.chat.completions.create(model="m", messages=[QUESTION, result], tools=[TOOL])
    assert second.choices[0].message.content == "It is windy."
    assert first.id != second.id
    assert first.usage and second.usage
    assert api.usage.input_tokens == first.usage.prompt_tokens + second.usage.prompt_tokens
    assert api.usage.output_tokens == first.usage.completion_tokens + second.usage.completion_tokens
    assert api.usage.calls == 2


def test_the_same_request_costs_and_says_the_same(client: OpenAI) -> None:
    first, second = (client.chat.completions.create(model="m", messages=[QUESTION]) for _ in range(2))
    assert first.choices == second.choices
    assert first.usage == second.usage


def test_a_stream_says_the_same_and_charges_the_same(client: OpenAI) -> None:
    plain = client.chat.completions.create(model="m", messages=[QUESTION])
    stream = client.chat.completions.create(
        model="m", messages=[QUESTION], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == plain.choices[0].message.content
    assert chunks[-1].usage == plain.usage


def test_a_stream_that_was_not_asked_for_usage_has_none(client: OpenAI, api: FakeOpenAI) -> None:
    chunks = list(client.chat.completions.create(model="m", messages=[QUESTION], tools=[TOOL], stream=True))
    assert all(chunk.usage is None for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    assert api.usage.output_tokens > 0


def test_embeddings_are_counted(client: OpenAI, api: FakeOpenAI) -> None:
    answer = client.embeddings.create(model="m", input=["one", "two"])
    assert len({tuple(row.embedding) for row in answer.data}) == 2
    assert api.usage.input_tokens == answer.usage.prompt_tokens > 0


def test_other_paths_are_not_found(client: OpenAI) -> None:
    with pytest.raises(NotFoundError):
        client.responses.create(model="m", input="hello")
