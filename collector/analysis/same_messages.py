"""Which messages of a model call were there before: a client sends the whole history with each call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from collector.store.records import Message

_SHORTEST_JSON = 2


def new_messages(before: Iterable[Message], now: Sequence[Message]) -> tuple[int, ...]:
    """Positions in `now` of the messages that `before` doesn't hold. What is said twice has to be there twice."""
    known = Counter(map(identity, before))
    new = []
    for position, message in enumerate(now):
        same = identity(message)
        if known[same]:
            known[same] -= 1
        else:
            new.append(position)
    return tuple(new)


def identity(message: Message) -> Hashable:
    """What stays when an answer is sent back as history: role, texts, calls; not ids, spacing and reasoning."""
    parts = tuple(
        (part.type, canonical(part.text), part.name if part.type == "tool_call" else None)
        for part in message.parts
        if part.type != "reasoning"
    )
    return message.role.lower(), parts


def canonical(text: str | None) -> str:
    """Text without white space at its ends; JSON in one notation."""
    stripped = (text or "").strip()
    if len(stripped) < _SHORTEST_JSON or stripped[0] not in "{[":
        return stripped
    try:
        return json.dumps(json.loads(stripped), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return stripped
