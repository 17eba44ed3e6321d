"""Messages in the shapes that clients write them in, as one form to read.

The shapes: OpenTelemetry GenAI, OpenAI chat and responses, Anthropic, Gemini, LangChain's serialised objects,
Haystack, Vercel AI, and OpenInference's and Traceloop's attributes once `unflatten` has nested them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from collector.message_parts import Raw, call_id, first, is_text, part_type, read_part, read_tool_call, tool_name
from collector.semconv.cut_json import mended_json
from collector.semconv.values import JSON_BEGINNINGS, finish_reason, json_value
from collector.store.records import Message, Part

_ROLES = {
    "human": "user",
    "humanmessage": "user",
    "ai": "assistant",
    "aimessage": "assistant",
    "aimessagechunk": "assistant",
    "model": "assistant",
    "systemmessage": "system",
    "toolmessage": "tool",
    "function": "tool",
    "tool_response": "tool",
    "tool_call": "assistant",
    "function_call_output": "tool",
    "function_call": "assistant",
    "reasoning": "assistant",
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_CONTAINERS = (
    *("messages", "choices", "generations", "contents", "replies", "items"),
    *("inputs", "outputs", "input", "output", "update", "response", "content"),
)
_CONTENT_KEYS = ("parts", "content", "contents", "text")
_MESSAGE_KEYS = frozenset((*_CONTENT_KEYS, "tool_calls"))
_ITEM_KEYS = frozenset(("content", "arguments", "output"))
_PLAIN_ROLES = ("user", "assistant", "system", "tool")
_CUT_OFF = "cut off"
"""Marks the last message that could be read of a text that was cut off."""
_MAX_DEPTH = 6
_MAX_STEPS = 8
_MAX_DIGITS = 7


def unflatten(attributes: Mapping[str, object], prefix: str) -> list[Raw]:
    """`{prefix}0.role`, `{prefix}0.tool_calls.1.id`, ... as one mapping a number, in the numbers' order."""
    found: dict[int, dict[str, object]] = {}
    for key in attributes:
        if key.startswith(prefix):
            number, _, path = key[len(prefix) :].partition(".")
            if path and _is_index(number):
                _put(found.setdefault(int(number), {}), path.split(".", _MAX_STEPS), attributes[key])
    return [found[number] for number in sorted(found)]


def find_messages(value: object, *, with_system: bool = True) -> list[Raw]:
    """The messages that a value or its JSON holds, what is whole of them; empty when it holds none.

    Without system: only those that stand among the messages, not the instructions that a request has beside them.
    """
    if value is None:
        return []
    if not isinstance(value, str):
        return _find(value, _MAX_DEPTH, with_system)
    if value.lstrip()[:1] not in JSON_BEGINNINGS:
        return []
    structure = json_value(value)
    if structure is not None:
        return _find(structure, _MAX_DEPTH, with_system)
    found = _find(mended_json(value), _MAX_DEPTH, with_system)
    return [*found[:-1], {**found[-1], _CUT_OFF: True}] if found else []


def read_message(raw: Raw) -> Message:
    is_cut_off = _CUT_OFF in raw
    raw = unwrapped(raw)
    role = role_of(raw)
    calls = list(_tool_calls(raw))
    parts = [*_reasoning(raw), *_without_repeated(_content(raw), calls), *calls]
    if "role" not in raw and part_type(raw) in ("reasoning", "tool_call", "tool_result"):  # OpenAI's response items
        parts = [read_part(raw)]
    if role == "tool":
        parts = _as_result(raw, parts)
    elif role == "user" and parts and all(part.type == "tool_result" for part in parts):
        role = "tool"  # Anthropic and pydantic-ai answer a call in the user's name
    if is_cut_off:
        parts.append(Part(type="other", text="… cut off by the sender"))
    return Message(role=role, parts=tuple(parts))


def finish_of(raw: Raw) -> str | None:
    """Why the model stopped, where the message tells."""
    info = raw.get("generation_info")
    info = info if isinstance(info, dict) else raw
    return finish_reason(first(raw, "finish_reason", "stop_reason", "finishReason") or info.get("finish_reason"))


def is_choice(raw: Raw) -> bool:
    """Whether a list of events tells this message as an answer."""
    return raw.get("event.name") == "gen_ai.choice"


def said(raw: Raw) -> str:
    """The text of a message alone, without reading the rest of it."""
    content = raw.get("parts", raw.get("content"))
    if type(content) is list and len(content) == 1 and type(only := content[0]) is dict and only.get("type") == "text":
        text = only.get("content", only.get("text"))
        if type(text) is str:  # nearly always
            return text
    content = _blocks(first(unwrapped(raw), *_CONTENT_KEYS))
    if isinstance(content, str):
        return content
    parts = (read_part(item) for item in _items(content) if isinstance(item, str) or is_text(item))
    return "\n".join(part.text for part in parts if part.text)


def role_of(raw: Raw) -> str:
    """system, user, assistant, tool, or what the client sent."""
    role = raw.get("role")
    if not isinstance(role, str):
        raw = unwrapped(raw)
        role = raw.get("role") or raw.get("type")
    if role in _PLAIN_ROLES:
        return role
    return _ROLES.get(role.lower().replace("-", "_"), role[:100]) if isinstance(role, str) else "user"


def unwrapped(raw: Raw) -> Raw:
    """The message itself: some clients put it under `message`, LangChain under `data` or `kwargs`."""
    if "content" in raw or "parts" in raw:
        return raw
    inner = first(raw, "message", "prompt", "completion")  # OpenInference writes the last two for completion models
    if isinstance(inner, dict):
        if "content" in inner or "parts" in inner or not inner.keys() & {"data", "kwargs"}:
            return inner
        raw = inner
    inner = first(raw, "data", "kwargs")
    if not isinstance(inner, dict):
        return raw
    path = raw.get("id")
    name = path[-1] if isinstance(path, list) and path else raw.get("type")
    return {"type": name, **inner} if isinstance(name, str) else inner


def _find(value: object, depth: int, with_system: bool) -> list[Raw]:
    if depth == 0:
        return []
    if isinstance(value, list):
        if value and (_is_message(value[0]) or any(map(_is_message, value))):
            return [item if isinstance(item, dict) else {"role": "user", "content": item} for item in value]
        return _find(value[0], depth - 1, with_system) if value else []
    if not isinstance(value, dict):
        return []
    if _is_message(value):
        return [value]
    system = _system(value) if with_system else []
    for key in _CONTAINERS:
        if isinstance(inner := value.get(key), (list, dict)) and (found := _find(inner, depth - 1, with_system)):
            return [*system, *found]
    prompt = value.get("prompt")
    return [*system, {"role": "user", "content": prompt}] if isinstance(prompt, str) else []


def _system(value: Raw) -> list[Raw]:
    config = value.get("config")
    system = value.get("system") or value.get("instructions")
    system = system or (config.get("system_instruction") if isinstance(config, dict) else None)
    return [{"role": "system", "content": system}] if isinstance(system, str | list) else []


def _is_message(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    raw = value if "parts" in value or "content" in value else unwrapped(value)
    if isinstance(raw.get("role"), str):
        return not raw.keys().isdisjoint(_MESSAGE_KEYS)
    kind = raw.get("type")
    return isinstance(kind, str) and kind.lower() in _ROLES and not raw.keys().isdisjoint(_ITEM_KEYS)


def _reasoning(raw: Raw) -> Iterator[Part]:
    reasoning = raw.get("reasoning_content")
    if isinstance(reasoning, str) and reasoning:
        yield Part(type="reasoning", text=reasoning)


def _content(raw: Raw) -> Iterator[Part]:
    content = _blocks(first(raw, *_CONTENT_KEYS))
    if isinstance(content, str):
        if content:
            yield Part(type="text", text=content)
    else:
        yield from map(read_part, _items(content))


def _blocks(content: object) -> object:
    """Some clients write a list of parts as JSON."""
    if isinstance(content, str) and content[:1] == "[":
        found = json_value(content)
        if isinstance(found, list) and found and all(isinstance(block, dict) for block in found):
            return found
    return content


def _tool_calls(raw: Raw) -> Iterator[Part]:
    for call in _items(first(raw, "tool_calls", "function_call")):
        if isinstance(call, dict):
            inner = call.get("tool_call")  # OpenInference
            yield read_tool_call(inner if isinstance(inner, dict) else call)


def _without_repeated(parts: Iterable[Part], calls: Sequence[Part]) -> Iterator[Part]:
    """OpenInference names a call among the contents and tells it beside them."""
    return (part for part in parts if not (calls and part.type == "tool_call" and part.name is None))


def _as_result(raw: Raw, parts: list[Part]) -> list[Part]:
    """A tool's message carries its result as plain text."""
    if not parts or any(part.type != "text" for part in parts):
        return parts
    text = "\n".join(part.text or "" for part in parts)
    return [Part(type="tool_result", text=text, name=tool_name(raw), id=call_id(raw))]


def _items(value: object) -> list[object]:
    """A list's items; of an unflattened list, the values by number; else the value alone."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and value and all(map(_is_index, value)):
        return [value[key] for key in sorted(value, key=int)]
    return [] if value is None else [value]


def _is_index(key: str) -> bool:
    return len(key) <= _MAX_DIGITS and key.isdecimal()


def _put(node: dict[str, object], path: list[str], value: object) -> None:
    for step in path[:-1]:
        inner = node.setdefault(step, {})
        if not isinstance(inner, dict):
            return
        node = inner
    node.setdefault(path[-1], value)
