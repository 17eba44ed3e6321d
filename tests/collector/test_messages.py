from __future__ import annotations

import json
from typing import Any

from collector.messages import read_messages
from collector.store.records import Message, Part
from tests.collector.factories import event, messages

CALL = Part(type="tool_call", text='{"city":"Paris"}', name="get_weather", id="call_1")
SYSTEM = Message(role="system", parts=(Part(type="text", text="Be terse"),))
ASKED = Message(role="user", parts=(Part(type="text", text="weather in Paris?"),))
CALLS = Message(role="assistant", parts=(CALL,))
RESULT = Message(role="tool", parts=(Part(type="tool_result", text="sunny", id="call_1"),))
ANSWER = Message(role="assistant", parts=(Part(type="text", text="It is sunny."),))


def sent(attributes: dict[str, Any], *events: Any) -> tuple[Message, ...]:
    return read_messages(attributes, events)[0]


def received(attributes: dict[str, Any], *events: Any) -> tuple[Message, ...]:
    return read_messages(attributes, events)[1]


def parts(*raw: Any) -> tuple[Part, ...]:
    return sent({"gen_ai.input.messages": json.dumps([{"role": "user", "content": list(raw)}])})[0].parts


GENAI = [
    {"role": "user", "parts": [{"type": "text", "content": "weather in Paris?"}]},
    {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {"city": "Paris"}}],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "sunny"}]},
]


def test_current_genai_messages_as_json_and_as_structure() -> None:
    system = [{"type": "text", "content": "Be terse"}]
    for written in (json.dumps, lambda value: value):
        attributes = {"gen_ai.input.messages": written(GENAI), "gen_ai.system_instructions": written(system)}
        assert sent(attributes) == (SYSTEM, ASKED, CALLS, RESULT)
    assert received({"gen_ai.output.messages": messages(("assistant", "It is sunny."))}) == (ANSWER,)


def test_system_instructions_may_be_plain_text() -> None:
    assert sent({"gen_ai.system_instructions": "Be terse", "gen_ai.input.messages": GENAI})[0] == SYSTEM


def test_the_spec_writes_a_tools_answer_in_two_ways() -> None:
    part = {"type": "tool_call_response", "id": "call_1", "result": "sunny"}
    assert sent({"gen_ai.input.messages": [{"role": "tool", "parts": [part]}]}) == (RESULT,)


def test_messages_that_were_cut_off_are_read_as_far_as_they_are_whole() -> None:
    whole = json.dumps(GENAI)
    cut = whole[: whole.index("Paris?") + 3]
    mark = Part(type="other", text="… cut off by the sender")
    asked = Message(role="user", parts=(Part(type="text", text="weather in Par"), mark))
    assert sent({"gen_ai.input.messages": cut}) == (asked,)
    assert sent({"gen_ai.input.messages": whole[:-30]})[:2] == (ASKED, CALLS)


def test_text_that_only_looks_like_cut_off_json_is_text() -> None:
    for text in ("[INST] hello", "{oops", "[1, 2"):
        assert sent({"gen_ai.input.messages": text}) == (Message(role="user", parts=(Part(type="text", text=text),)),)


def test_openinference_attributes() -> None:
    prefix = "llm.input_messages"
    attributes = {
        f"{prefix}.0.message.role": "system",
        f"{prefix}.0.message.contents.0.message_content.type": "text",
        f"{prefix}.0.message.contents.0.message_content.text": "Be terse",
        f"{prefix}.1.message.role": "user",
        f"{prefix}.1.message.content": "weather in Paris?",
        f"{prefix}.2.message.role": "assistant",
        f"{prefix}.2.message.contents.0.message_content.type": "tool_use",
        f"{prefix}.2.message.tool_calls.0.tool_call.id": "call_1",
        f"{prefix}.2.message.tool_calls.0.tool_call.function.name": "get_weather",
        f"{prefix}.2.message.tool_calls.0.tool_call.function.arguments": '{"city":"Paris"}',
        f"{prefix}.10.message.role": "tool",
        f"{prefix}.10.message.tool_call_id": "call_1",
        f"{prefix}.10.message.content": "sunny",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "It is sunny.",
        "input.value": '{"messages": []}',
    }
    assert read_messages(attributes, ()) == ((SYSTEM, ASKED, CALLS, RESULT), (ANSWER,))


def test_an_openinference_image() -> None:
    prefix = "llm.input_messages.0.message"
    attributes = {
        f"{prefix}.role": "user",
        f"{prefix}.contents.0.message_content.type": "image",
        f"{prefix}.contents.0.message_content.image.image.url": "https://example.org/cat.png",
    }
    assert sent(attributes)[0].parts == (Part(type="image", text="https://example.org/cat.png"),)


def test_traceloops_numbered_prompts() -> None:
    attributes = {
        "gen_ai.prompt.0.role": "system",
        "gen_ai.prompt.0.content": "Be terse",
        "gen_ai.prompt.1.role": "user",
        "gen_ai.prompt.1.content": "weather in Paris?",
        "gen_ai.prompt.2.role": "assistant",
        "gen_ai.prompt.2.tool_calls.0.id": "call_1",
        "gen_ai.prompt.2.tool_calls.0.name": "get_weather",
        "gen_ai.prompt.2.tool_calls.0.arguments": '{"city":"Paris"}',
        "gen_ai.prompt.3.role": "tool",
        "gen_ai.prompt.3.content": "sunny",
        "gen_ai.prompt.3.tool_call_id": "call_1",
        "gen_ai.prompt.version": "3",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "It is sunny.",
        "gen_ai.completion.0.finish_reason": "stop",
    }
    assert read_messages(attributes, ()) == ((SYSTEM, ASKED, CALLS, RESULT), (ANSWER,))


def test_a_number_too_large_for_an_index_is_left_alone() -> None:
    assert sent({f"gen_ai.prompt.{'9' * 5_000}.role": "user", "gen_ai.prompt.x.role": "user"}) == ()


def test_prompt_and_completion_as_text_or_json() -> None:
    attributes = {
        "gen_ai.prompt": '[{"role": "user", "content": "weather in Paris?"}]',
        "gen_ai.completion": "It is sunny.",
    }
    assert read_messages(attributes, ()) == ((ASKED,), (ANSWER,))


def test_messages_of_span_events() -> None:
    asked = event("gen_ai.user.message", content="weather in Paris?")
    system = event("gen_ai.system.message", content="Be terse")
    choice = event("gen_ai.choice", index=0, finish_reason="stop", message='{"content": "It is sunny."}')
    assert read_messages({}, [system, asked, choice]) == ((SYSTEM, ASKED), (ANSWER,))


def test_bedrock_blocks_in_an_event() -> None:
    blocks = [{"toolUse": {"toolUseId": "call_1", "name": "get_weather", "input": {"city": "Paris"}}}]
    result = [{"toolResult": {"toolUseId": "call_1", "content": [{"text": "sunny"}]}}]
    events = [
        event("gen_ai.user.message", content='[{"text": "weather in Paris?"}]'),
        event("gen_ai.assistant.message", content=json.dumps(blocks)),
        event("gen_ai.tool.message", content=json.dumps(result)),
        event("gen_ai.choice", message='[{"text": "It is sunny."}]'),
    ]
    assert read_messages({}, events) == ((ASKED, CALLS, RESULT), (ANSWER,))


def test_content_on_older_and_newer_events() -> None:
    old = event("gen_ai.content.prompt", gen_ai__prompt="weather in Paris?")
    assert sent({}, old) == (ASKED,)
    new = event("gen_ai.client.inference.operation.details", gen_ai__input__messages=GENAI[:1])
    assert sent({}, new) == (ASKED,)


def test_messages_inside_a_generic_input_and_output() -> None:
    attributes = {
        "input.value": '{"messages": [{"role": "user", "content": "weather in Paris?"}], "model": "m"}',
        "output.value": '{"choices": [{"message": {"role": "assistant", "content": "It is sunny."}}]}',
    }
    assert read_messages(attributes, ()) == ((ASKED,), (ANSWER,))


def test_langchains_serialised_messages() -> None:
    human = {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "HumanMessage"],
        "kwargs": {"content": "weather in Paris?"},
    }
    assert sent({"input.value": json.dumps({"messages": [[human]]})}) == (ASKED,)
    assert sent({"traceloop.entity.input": json.dumps({"inputs": {"messages": [human]}})}) == (ASKED,)
    plain = {"type": "human", "data": {"content": "weather in Paris?"}}
    assert sent({"input.value": json.dumps({"messages": [plain]})}) == (ASKED,)


def test_items_of_openais_responses() -> None:
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "weather in Paris?"}]},
        {
            "type": "function_call",
            "call_id": "call_1",
            "id": "fc_9",
            "name": "get_weather",
            "arguments": '{"city":"Paris"}',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "sunny"},
    ]
    assert sent({"input.value": json.dumps(items)}) == (ASKED, CALLS, RESULT)


def test_vercels_messages_and_answers() -> None:
    attributes = {
        "ai.prompt.messages": '[{"role":"user","content":[{"type":"text","text":"weather in Paris?"}]}]',
        "ai.response.toolCalls": '[{"toolCallId":"call_1","toolName":"get_weather","input":{"city":"Paris"}}]',
    }
    assert read_messages(attributes, ()) == ((ASKED,), (CALLS,))
    assert sent({"ai.prompt": '{"system":"Be terse","prompt":"weather in Paris?"}'}) == (SYSTEM, ASKED)
    assert received({"ai.response.text": "It is sunny."}) == (ANSWER,)


def test_what_a_tool_takes_is_no_message_though_it_looks_like_one() -> None:
    attributes = {"gen_ai.tool.name": "send", "gen_ai.tool.call.arguments": '{"role": "user", "content": "hi"}'}
    assert read_messages(attributes, ()) == ((), ())


def test_a_span_without_content_has_no_messages() -> None:
    assert read_messages({"http.request.method": "POST", "input.value": "plain text"}, ()) == ((), ())


def test_reasoning_is_a_part_of_its_own() -> None:
    assert parts({"type": "thinking", "thinking": "hm"}, {"type": "reasoning", "content": "so"}) == (
        Part(type="reasoning", text="hm"),
        Part(type="reasoning", text="so"),
    )


def test_media_are_references_and_inline_data_is_not_copied() -> None:
    assert parts(
        {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "blob", "mime_type": "audio/wav", "content": "AAAA"},
        {"type": "file", "file_id": "file-7"},
        {"type": "uri", "modality": "image", "uri": "s3://bucket/cat"},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "image", "source": {"type": "base64", "data": "AAAA"}},
    ) == (
        Part(type="image", text="https://example.org/cat.png"),
        Part(type="image", text="inline"),
        Part(type="audio", text="inline"),
        Part(type="file", text="file-7"),
        Part(type="image", text="s3://bucket/cat"),
        Part(type="audio", text="inline"),
        Part(type="image", text="inline"),
    )


def test_an_unknown_part_is_kept_as_json() -> None:
    assert parts({"type": "compaction", "at": 3}) == (Part(type="other", text='{"type":"compaction","at":3}'),)


def test_roles_are_plain_and_unknown_ones_stay() -> None:
    roles = [m.role for m in sent({"gen_ai.input.messages": messages(("human", "a"), ("MODEL", "b"), ("critic", "c"))})]
    assert roles == ["user", "assistant", "critic"]
