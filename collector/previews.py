"""One line of what went into a span and of what came out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from collector.message_parts import Raw
from collector.message_shapes import read_message, role_of, said
from collector.semconv.index import Fields
from collector.semconv.values import as_text, clean, json_value
from collector.store.records import Message

ROOT_LENGTH = 200
STEP_LENGTH = 100
"""Of what a step inside a trace says: a column of a list shows less, and a store is full of them."""
_READ_LENGTHS = 10
"""Lengths of a line that are read to make one."""
_SPEAKING_KEYS = (
    "question",
    "query",
    "prompt",
    "input",
    "inputs",
    "task",
    "text",
    "content",
    "message",
    "answer",
    "output",
    "outputs",
    "result",
)
_REMEMBERED_LENGTH = 20_000
"""Characters of a prompt whose hash is remembered: an agent sends the same one with every call."""
_INSTRUCTING = ("system", "developer")
_MAX_DEPTH = 5


def preview_input(messages: Sequence[Raw], fields: Fields, length: int = ROOT_LENGTH) -> str | None:
    """The last thing a user said; without messages, the input in as few words as it allows."""
    for raw in reversed(messages):
        if role_of(raw) == "user" and (text := said(raw)):
            return one_line(text, length)
    if "input" in fields:
        return one_line(plain(fields["input"]), length)
    return None


def preview_output(messages: Sequence[Raw], fields: Fields, length: int = ROOT_LENGTH) -> str | None:
    """What the assistant said last, or `calls tool(arguments)`."""
    for raw in reversed(messages):
        if role_of(raw) != "user" and (text := said(raw) or _calls(read_message(raw))):
            return one_line(text, length)
    if "output" in fields:
        return one_line(plain(fields["output"]), length)
    return None


def prompt_version(messages: Sequence[Raw]) -> str | None:
    """`prompt-` and 8 hex digits of the system prompt's hash; None without a system prompt."""
    prompts = [said(raw) for raw in messages if role_of(raw) in _INSTRUCTING]
    text = prompts[0] if len(prompts) == 1 else "\n".join(prompts)
    if not text:
        return None
    return _remembered_version(text) if len(text) <= _REMEMBERED_LENGTH else _version(text)


def _version(prompt: str) -> str:
    return f"prompt-{hashlib.sha256(prompt.encode('utf-8', 'replace')).hexdigest()[:8]}"


_remembered_version = lru_cache(maxsize=256)(_version)


def plain(value: object) -> str:
    """What a person would read in a value: the only argument of a call, the answer in its envelope; else JSON."""
    found = value
    if isinstance(value, str):
        found = json_value(value)
        if found is None:
            return value
    for _ in range(_MAX_DEPTH):
        if isinstance(found, dict):
            inner = _spoken(found)
        elif isinstance(found, list) and len(found) == 1:
            inner = found[0]
        else:
            break
        if inner is None:
            break
        found = inner
    return as_text(found)


def one_line(text: str, length: int = ROOT_LENGTH) -> str | None:
    """At most `length` characters without line breaks; an ellipsis stands for the rest."""
    head = text[: length + 1]
    if head.isprintable():  # a line as it is: what a person or a model writes in one paragraph
        return head.strip() or None if len(head) <= length else head[: length - 1].strip() + "…"
    enough, read = length + length // 4, _READ_LENGTHS * length
    line = " ".join(text[:enough].split())
    if len(line) <= length and len(text) > enough:  # much white space: more is needed for a line
        line = " ".join(text[:read].split())
    if len(line) > length or (line and len(text) > read):
        line = line[: length - 1].rstrip() + "…"
    return clean(line, length) or None


def _spoken(value: Mapping[str, object]) -> object | None:
    if isinstance(arguments := value.get("args"), list) and isinstance(named := value.get("kwargs"), dict):
        given = [*arguments, *named.values()]
        return None if len(given) > 1 else given[0] if given else ""
    if len(value) == 1 and isinstance(only := next(iter(value.values())), (str, list, dict)):
        return only
    return next((value[key] for key in _SPEAKING_KEYS if isinstance(value.get(key), str)), None)


def _calls(message: Message) -> str:
    calls = [f"{part.name or 'a tool'}({part.text or ''})" for part in message.parts if part.type == "tool_call"]
    return f"calls {', '.join(calls)}" if calls else ""
