"""What the spans of the convention tests say: one question, one call, its result and the answer."""

from __future__ import annotations

from typing import Any

from collector.messages import read_messages
from collector.otlp import ReceivedEvent
from collector.store.records import Message, Part
from collector.store.rows import SpanRow

ASKED = Message(role="user", parts=(Part(type="text", text="weather in Paris?"),))
CALL = Part(type="tool_call", text='{"city":"Paris"}', name="get_weather", id="call_1")
RESULT = Part(type="tool_result", text="sunny", name="get_weather", id="call_1")
ANSWER = Message(role="assistant", parts=(Part(type="text", text="It is sunny."),))


def tokens(span: SpanRow) -> tuple[int | None, ...]:
    """Input, output, cache read, cache write, reasoning."""
    return span.input_tokens, span.output_tokens, span.cache_read_tokens, span.cache_write_tokens, span.reasoning_tokens


def said(attributes: dict[str, Any], *events: ReceivedEvent) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    return read_messages(attributes, events)
