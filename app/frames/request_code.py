"""A model call as a program that makes it again: Python and curl, for OpenAI's chat API or Anthropic's messages."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pprint import pformat

from app.frames.offered_tools import OfferedTool, offered_tools
from collector.store.records import Message, Part, SpanDetail

_WIDTH = 84
_MAX_TOKENS = 1024
"""Anthropic wants a limit; it is said where the span knows none."""
_PARAMETERS = frozenset(
    {
        *("temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "seed", "stop", "stop_sequences"),
        *("frequency_penalty", "presence_penalty", "tool_choice", "parallel_tool_calls", "response_format", "n"),
        *("reasoning_effort", "service_tier", "thinking"),
    }
)
"""That both sides know; a client's own settings, such as its retries, are left out."""


def as_python(detail: SpanDetail) -> str:
    body = _body(detail)
    package, client, call = (
        ("anthropic", "Anthropic", "messages") if _is_anthropic(detail) else ("openai", "OpenAI", "chat.completions")
    )
    arguments = "".join(f"    {name}={_indented(value)},\n" for name, value in body.items())
    return (
        f"from {package} import {client}\n\n"
        f"client = {client}()  # takes the key from the environment\n"
        f"response = client.{call}.create(\n{arguments})\n"
        f"print(response.model_dump_json(indent=2))\n"
    )


def as_curl(detail: SpanDetail) -> str:
    body = json.dumps(_body(detail), ensure_ascii=False, indent=2)
    if _is_anthropic(detail):
        head = (
            'curl https://api.anthropic.com/v1/messages -H "x-api-key: $ANTHROPIC_API_KEY" '
            '-H "anthropic-version: 2023-06-01"'
        )
    else:
        head = 'curl https://api.openai.com/v1/chat/completions -H "Authorization: Bearer $OPENAI_API_KEY"'
    return f'{head} \\\n  -H "Content-Type: application/json" -d {shlex.quote(body)}\n'


def _is_anthropic(detail: SpanDetail) -> bool:
    return (detail.record.provider or "").lower() == "anthropic"


def _body(detail: SpanDetail) -> dict[str, object]:
    span = detail.record
    model = span.request_model or span.response_model or "unknown"
    parameters = {name: value for name, value in detail.request_parameters.items() if name in _PARAMETERS}
    sent = detail.input or (Message(role="user", parts=(Part(type="text", text=detail.input_text),)),)
    if _is_anthropic(detail):
        system = "\n\n".join(_text(message) for message in sent if message.role == "system")
        body: dict[str, object] = {"model": model, "max_tokens": _MAX_TOKENS, **({"system": system} if system else {})}
        body["messages"] = [_anthropic_message(message) for message in sent if message.role != "system"]
    else:
        body = {"model": model, "messages": [one for message in sent for one in _openai_messages(message)]}
    tools = [_tool(tool, detail) for tool in offered_tools(detail.tool_definitions)]
    return {**body, **parameters, **({"tools": tools} if tools else {})}


def _tool(tool: OfferedTool, detail: SpanDetail) -> dict[str, object]:
    """In the provider's own shape, whichever the client wrote."""
    named = {"name": tool.name, **({"description": tool.description} if tool.description else {})}
    if _is_anthropic(detail):
        return {**named, "input_schema": dict(tool.schema)}
    return {"type": "function", "function": {**named, "parameters": dict(tool.schema)}}


def _openai_messages(message: Message) -> Iterator[dict[str, object]]:
    results = [part for part in message.parts if part.type == "tool_result"]
    if results:
        for part in results:
            yield {"role": "tool", "tool_call_id": part.id or "", "content": part.text or ""}
        return
    calls = [_openai_call(part) for part in message.parts if part.type == "tool_call"]
    yield {"role": message.role, "content": _text(message), **({"tool_calls": calls} if calls else {})}


def _openai_call(part: Part) -> dict[str, object]:
    called = {"name": part.name or "", "arguments": part.text or "{}"}
    return {"id": part.id or "", "type": "function", "function": called}


def _anthropic_message(message: Message) -> dict[str, object]:
    role = "assistant" if message.role == "assistant" else "user"
    if all(part.type == "text" for part in message.parts):
        return {"role": role, "content": _text(message)}
    return {"role": role, "content": [_anthropic_block(part) for part in message.parts]}


def _anthropic_block(part: Part) -> dict[str, object]:
    if part.type == "tool_call":
        return {"type": "tool_use", "id": part.id or "", "name": part.name or "", "input": _object(part.text)}
    if part.type == "tool_result":
        return {"type": "tool_result", "tool_use_id": part.id or "", "content": part.text or ""}
    return {"type": "text", "text": _shown(part)}


def _object(text: str | None) -> object:
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {"arguments": text}


def _text(message: Message) -> str:
    return "\n".join(_shown(part) for part in message.parts if part.type not in ("tool_call", "reasoning"))


def _shown(part: Part) -> str:
    """What the span holds no content of is named in its place."""
    return part.text or "" if part.type in ("text", "reasoning", "other") else f"[{part.type}: {part.text or 'inline'}]"


def _indented(value: object) -> str:
    return pformat(value, width=_WIDTH, sort_dicts=False).replace("\n", "\n    ")
