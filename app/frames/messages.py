"""Messages as JSON, to read and to keep."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from app.frames.attributes import value_text
from collector.store.records import Message, Part


def messages_json(conversation: Sequence[Message]) -> str:
    """The messages as msgtrace reads them, with only what is known of each part."""
    return as_json([{"role": said.role, "parts": [_known(part) for part in said.parts]} for said in conversation])


def as_json(value: Mapping[str, object] | Sequence[object]) -> str:
    """Laid out; what JSON and UTF-8 don't know is spelt out."""
    shown = json.dumps(value, indent=2, ensure_ascii=False, default=value_text)
    return shown.encode("utf-8", "backslashreplace").decode()


def _known(part: Part) -> dict[str, str]:
    told = {"type": part.type, "name": part.name, "id": part.id, "text": part.text}
    return {name: value for name, value in told.items() if value is not None}
