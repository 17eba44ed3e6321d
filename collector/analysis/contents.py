"""What a span was asked and what it answered, in the form in which two runs are compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collector.store.records import Message, Part, SpanDetail

_OTHER_KIND = re.compile(r"true|false|null|-?[0-9.eE+-]*")
SYSTEM_ROLES = frozenset({"system", "developer"})
_FRESH_KEYS = frozenset({"seed", "stream_id", "request_id", "user", "metadata"})
"""Parameters that are new for each call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Texts of one span, without the ids that are new in every run. None: it carries no such thing."""

    system: str | None = None
    messages: str | None = None
    """The other messages that went in, each under its role."""
    arguments: str | None = None
    """What went in where that is not messages, of a tool say."""
    output: str | None = None
    parameters: Mapping[str, object]
    tools: Mapping[str, object]
    """The tools offered to a model: name -> definition."""


def content_of(detail: SpanDetail, *, to_read: bool = False) -> Content:
    """`to_read`: with the JSON inside messages laid out for people, which takes its time."""
    system = [message for message in detail.input if message.role in SYSTEM_ROLES]
    others = [message for message in detail.input if message.role not in SYSTEM_ROLES]
    return Content(
        system=_said(system, with_role=False),
        messages=_said(others, to_read=to_read),
        arguments=detail.input_text,
        output=_said(detail.output, to_read=to_read) if detail.output else detail.output_text,
        parameters={k: v for k, v in detail.request_parameters.items() if k not in _FRESH_KEYS},
        tools=dict(_tools(detail.tool_definitions)),
    )


def readable(text: str) -> str:
    """JSON with a line a value, so that a difference is a line; any other text as it is.

    An object of plain values, as most arguments are, comes without the signs and escapes of JSON.
    """
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        value = json.loads(text)
        if isinstance(value, dict) and not any(isinstance(inner, (dict, list)) for inner in value.values()):
            shown = "\n".join(f"{key}: {_plain(value[key])}" for key in sorted(value))
        else:
            shown = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    except (ValueError, RecursionError):
        return text
    return shown.encode("utf-8", "backslashreplace").decode()


def _plain(value: object) -> str:
    """A text as it is, unless it could be taken for another kind of value."""
    if not isinstance(value, str) or _OTHER_KIND.fullmatch(value):
        return json.dumps(value, ensure_ascii=False)
    return value


def _said(messages: Iterable[Message], *, with_role: bool = True, to_read: bool = False) -> str | None:
    lines = [
        (f"{message.role}: " if with_role else "") + "\n".join(_part(part, to_read) for part in message.parts)
        for message in messages
    ]
    return "\n".join(lines) if lines else None


def _part(part: Part, to_read: bool) -> str:
    """Without the id of the call, which no two runs share."""
    text = readable(part.text or "") if to_read else part.text or ""
    if part.type == "tool_call":
        return f"calls {part.name or 'a tool'}\n{text}"
    return text if part.type in ("text", "reasoning", "tool_result") else f"[{part.type}] {text}"


def _tools(definitions: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, object]]:
    for definition in definitions:
        inner = definition.get("function")
        named = inner if isinstance(inner, dict) else definition
        yield str(named.get("name") or definition.get("type") or "unnamed"), definition
