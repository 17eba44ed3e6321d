"""Messages of a model call, read from whatever attributes and events a client wrote them to.

The best source wins: gen_ai.*.messages, then indexed attributes (OpenInference, Traceloop), then gen_ai.prompt and
gen_ai.completion, then span events, then JSON that holds messages under a name of its own or in a generic input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from collector.exceptions import Event
from collector.message_parts import Raw
from collector.message_shapes import find_messages, is_choice, read_message, role_of, unflatten, unwrapped
from collector.semconv import genai, microsoft, openinference, strands, traceloop, vercel
from collector.semconv.index import Fields
from collector.semconv.reading import read_fields
from collector.semconv.values import as_text, content, json_object, json_value
from collector.store.records import Message

Attributes = Mapping[str, object]

_INDEXED_INPUT = (openinference.INPUT_MESSAGES, traceloop.PROMPT, openinference.PROMPTS)
_INDEXED_OUTPUT = (openinference.OUTPUT_MESSAGES, traceloop.COMPLETION, openinference.CHOICES)
_INDEXED = _INDEXED_INPUT + _INDEXED_OUTPUT
_MESSAGE_ATTRIBUTES = frozenset(
    {
        genai.SYSTEM_INSTRUCTIONS,
        genai.INPUT_MESSAGES,
        genai.OUTPUT_MESSAGES,
        genai.PROMPT,
        genai.COMPLETION,
        strands.SYSTEM_PROMPT,
        vercel.RESPONSE_TEXT,
        vercel.RESPONSE_TOOL_CALLS,
    }
)


def read_messages(
    attributes: Attributes, events: Sequence[Event], fields: Fields | None = None
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """What went into a model and what came out; empty where the span carries no messages."""
    sent, answered = raw_messages(attributes, events, read_fields(attributes) if fields is None else fields)
    return tuple(map(read_message, sent)), tuple(map(read_message, answered))


def raw_messages(attributes: Attributes, events: Sequence[Event], fields: Fields) -> tuple[list[Raw], list[Raw]]:
    """The messages that went in and those that came out, as sent, system first; `read_message` reads one.

    What a tool takes and gives is none.
    """
    if is_tool(fields):
        return [], []
    if events:
        attributes = with_details(attributes, events)
    if not events and "conversation" not in fields and attributes.keys().isdisjoint(_MESSAGE_ATTRIBUTES):
        for name in attributes:
            if name.startswith(_INDEXED):
                break
        else:
            return _of_any_input(fields), find_messages(fields.get("output"), with_system=False)  # nearly all agents
    return _sent(attributes, events, fields), _answered(attributes, events, fields)


def _sent(attributes: Attributes, events: Sequence[Event], fields: Fields) -> list[Raw]:
    found = (
        _messages(attributes.get(genai.INPUT_MESSAGES), "user")
        or _indexed_input(attributes, fields)
        or _legacy_messages(attributes.get(genai.PROMPT), "user", fields)
        or list(_input_events(events))
        or _conversation(fields)[0]
        or _of_any_input(fields)
    )
    system = _system(attributes)
    return [*system, *found] if system else found


def _answered(attributes: Attributes, events: Sequence[Event], fields: Fields) -> list[Raw]:
    return (
        _messages(attributes.get(genai.OUTPUT_MESSAGES), "assistant")
        or _indexed(attributes, _INDEXED_OUTPUT)
        or _legacy_messages(attributes.get(genai.COMPLETION), "assistant", fields)
        or list(_output_events(events))
        or _conversation(fields)[1]
        or list(_vercel_output(attributes))
        or find_messages(fields.get("output"), with_system=False)
    )


def with_content(attributes: Attributes, events: Sequence[Event], fields: Fields) -> Fields:
    """What went in and came out, also where that stands in a message's place and is none (LangSmith, Strands)."""
    told_by = events if events and is_tool(fields) else ()
    if not told_by and genai.PROMPT not in attributes and genai.COMPLETION not in attributes:
        return fields  # nearly always
    told: dict[str, object] = {
        "input": content(attributes.get(genai.PROMPT)),
        "output": content(attributes.get(genai.COMPLETION)),
    }
    for event in told_by:
        said = _told(event)
        if event.name == genai.DETAILS_EVENT:
            told["input"] = _first_text(said.get(genai.INPUT_MESSAGES)) or told["input"]
            told["output"] = _first_text(said.get(genai.OUTPUT_MESSAGES)) or told["output"]
        elif event.name == genai.CHOICE_EVENT:
            told["output"] = said.get("message")
        elif genai.EVENT_ROLES.get(event.name) == "tool":
            told["input"] = said.get("content")
    return cast(Fields, {**{side: value for side, value in told.items() if value is not None}, **fields})


def is_tool(fields: Fields) -> bool:
    return fields.get("kind", "tool" if "tool_name" in fields else "") == "tool"


def _of_any_input(fields: Fields) -> list[Raw]:
    return find_messages(fields.get("messages")) or find_messages(fields.get("input"))


def _first_text(messages: object) -> str | None:
    parts = (part.text for raw in find_messages(messages) for part in read_message(raw).parts)
    return next(filter(None, parts), None)


def _messages(value: object, role: str) -> list[Raw]:
    """Messages from JSON or structure; text that holds none is one message."""
    if not value:
        return []
    if messages := find_messages(value):
        return messages
    text = json_value(value) if isinstance(value, str) else value
    return [{"role": role, "content": text if isinstance(text, str) else as_text(value)}]


def _indexed_input(attributes: Attributes, fields: Fields) -> list[Raw]:
    """LangChain's steps tell their first message so, and all of them in their input."""
    found = _indexed(attributes, _INDEXED_INPUT)
    return max(found, _of_any_input(fields), key=len) if found and fields.get("kind", "llm") != "llm" else found


def _indexed(attributes: Attributes, prefixes: tuple[str, ...]) -> list[Raw]:
    """Messages that were written as one attribute a field; LangChain's agents come with nothing but the role."""
    indexed = {key: value for key, value in attributes.items() if key.startswith(prefixes)}
    for prefix in prefixes if indexed else ():
        found = unflatten(indexed, prefix)
        if any(raw.keys() - {"role"} for raw in map(unwrapped, found)):
            return found
    return []


def _legacy_messages(value: object, role: str, fields: Fields) -> list[Raw]:
    """LangSmith writes the inputs of any run to this name: JSON of another than a model holds messages or none."""
    if value is None:
        return []
    if fields.get("kind", "llm") != "llm" and isinstance(value, str) and json_value(value) is not None:
        return find_messages(value)
    return _messages(value, role)


def _system(attributes: Attributes) -> list[Raw]:
    value = attributes.get(genai.SYSTEM_INSTRUCTIONS) or attributes.get(strands.SYSTEM_PROMPT)
    if not value:
        return []
    parts = json_value(value) if isinstance(value, str) else value
    return [{"role": "system", "content": parts if isinstance(parts, list) else as_text(value)}]


def _conversation(fields: Fields) -> tuple[list[Raw], list[Raw]]:
    """Both directions of a list that holds both: it ends with the choices, or with what the assistant said."""
    if "conversation" not in fields:
        return [], []
    found = find_messages(fields["conversation"])
    end = next((at for at, raw in enumerate(found) if is_choice(raw)), len(found))
    if end == len(found) and found and role_of(found[-1]) == "assistant":
        end -= 1
    return found[:end], found[end:]


def with_details(attributes: Attributes, events: Sequence[Event]) -> Attributes:
    """The newest conventions allow the content to stand on events instead of the span."""
    details = [event.attributes for event in events if event.name == genai.DETAILS_EVENT]
    for told in reversed(details):
        attributes = {**told, **attributes}
    return attributes


def _vercel_output(attributes: Attributes) -> Iterator[Raw]:
    text, told = attributes.get(vercel.RESPONSE_TEXT), attributes.get(vercel.RESPONSE_TOOL_CALLS)
    calls = json_value(told) if told else None
    if text or calls:
        reasoning = attributes.get(vercel.RESPONSE_REASONING)
        yield {"role": "assistant", "content": text, "tool_calls": calls, "reasoning_content": reasoning}


def _input_events(events: Iterable[Event]) -> Iterator[Raw]:
    for event in events:
        if role := genai.EVENT_ROLES.get(event.name):
            yield {"role": role, **_told(event)}
        elif event.name == genai.PROMPT_EVENT:
            yield from _messages(event.attributes.get(genai.PROMPT), "user")


def _output_events(events: Iterable[Event]) -> Iterator[Raw]:
    for event in events:
        if event.name == genai.CHOICE_EVENT:
            told = _told(event)
            message = told.get("message")
            inner = json_value(message) if isinstance(message, str) else message
            if isinstance(inner, dict):
                yield {"role": "assistant", "finish_reason": told.get("finish_reason"), **inner}
            else:
                yield {"role": "assistant", **told, **({} if message is None else {"content": message})}
        elif event.name == genai.COMPLETION_EVENT:
            yield from _messages(event.attributes.get(genai.COMPLETION), "assistant")


def _told(event: Event) -> Attributes:
    """What an event says: its attributes, or the JSON that one of them holds (Microsoft, Azure)."""
    return json_object(event.attributes.get(microsoft.EVENT_CONTENT)) or event.attributes
