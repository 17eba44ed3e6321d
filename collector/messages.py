"""Messages of a model call, read from whatever attributes and events a client wrote them to.

The best source wins: gen_ai.*.messages, then indexed attributes (OpenInference, Traceloop), then gen_ai.prompt and
gen_ai.completion, then span events, then JSON that holds messages in a generic input or output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from collector.exceptions import Event
from collector.message_parts import Raw
from collector.message_shapes import find_messages, read_message, unflatten
from collector.semconv import genai, openinference, traceloop, vercel
from collector.semconv.index import Fields, read_fields
from collector.semconv.values import as_text, json_value
from collector.store.records import Message

Attributes = Mapping[str, object]


def read_messages(attributes: Attributes, events: Sequence[Event]) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """What went into a model and what came out; empty where the span carries no messages."""
    fields = read_fields(attributes)
    return (
        tuple(map(read_message, raw_input(attributes, events, fields))),
        tuple(map(read_message, raw_output(attributes, events, fields))),
    )


def raw_input(attributes: Attributes, events: Sequence[Event], fields: Fields) -> list[Raw]:
    """The messages that went in, as sent, system first; `read_message` reads one."""
    attributes = _with_details(attributes, events)
    found = (
        _messages(attributes.get(genai.INPUT_MESSAGES), "user")
        or unflatten(attributes, openinference.INPUT_MESSAGES)
        or unflatten(attributes, traceloop.PROMPT)
        or _messages(attributes.get(genai.PROMPT), "user")
        or list(_input_events(events))
        or find_messages(fields.get("messages"))
        or ([] if _is_tool(fields) else find_messages(fields.get("input")))
    )
    return [*_system(attributes), *found]


def raw_output(attributes: Attributes, events: Sequence[Event], fields: Fields) -> list[Raw]:
    """The messages that came out, as sent."""
    attributes = _with_details(attributes, events)
    return (
        _messages(attributes.get(genai.OUTPUT_MESSAGES), "assistant")
        or unflatten(attributes, openinference.OUTPUT_MESSAGES)
        or unflatten(attributes, traceloop.COMPLETION)
        or _messages(attributes.get(genai.COMPLETION), "assistant")
        or list(_output_events(events))
        or list(_vercel_output(attributes))
        or ([] if _is_tool(fields) else find_messages(fields.get("output")))
    )


def _messages(value: object, role: str) -> list[Raw]:
    """Messages from JSON or structure; text that holds none, such as JSON that was cut off, is one message."""
    if value is None or value == "" or value == [] or value == {}:
        return []
    found = json_value(value) if isinstance(value, str) else value
    return find_messages(found) or [{"role": role, "content": found if isinstance(found, str) else as_text(value)}]


def _system(attributes: Attributes) -> list[Raw]:
    value = attributes.get(genai.SYSTEM_INSTRUCTIONS)
    if not value:
        return []
    parts = json_value(value) if isinstance(value, str) else value
    return [{"role": "system", "content": parts if isinstance(parts, list) else as_text(value)}]


def _with_details(attributes: Attributes, events: Sequence[Event]) -> Attributes:
    """The newest conventions allow the content to stand on an event instead of the span."""
    for event in events:
        if event.name == genai.DETAILS_EVENT:
            return {**event.attributes, **attributes}
    return attributes


def _is_tool(fields: Fields) -> bool:
    """What a tool takes and gives may look like a message, and is none."""
    return fields.get("kind", "tool" if "tool_name" in fields else "") == "tool"


def _vercel_output(attributes: Attributes) -> Iterator[Raw]:
    text, calls = attributes.get(vercel.RESPONSE_TEXT), json_value(attributes.get(vercel.RESPONSE_TOOL_CALLS))
    if text or calls:
        yield {"role": "assistant", "content": text, "tool_calls": calls}


def _input_events(events: Iterable[Event]) -> Iterator[Raw]:
    for event in events:
        if role := genai.EVENT_ROLES.get(event.name):
            yield {"role": role, **event.attributes}
        elif event.name == genai.PROMPT_EVENT:
            yield from _messages(event.attributes.get(genai.PROMPT), "user")


def _output_events(events: Iterable[Event]) -> Iterator[Raw]:
    for event in events:
        if event.name == genai.CHOICE_EVENT:
            message = event.attributes.get("message")
            inner = json_value(message) if isinstance(message, str) else message
            if isinstance(inner, dict):
                yield {"role": "assistant", **inner}
            else:
                content = event.attributes if message is None else {"content": message}
                yield {"role": "assistant", **content}
        elif event.name == genai.COMPLETION_EVENT:
            yield from _messages(event.attributes.get(genai.COMPLETION), "assistant")
