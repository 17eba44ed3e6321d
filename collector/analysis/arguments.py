"""The arguments of two calls of one tool, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    name: str
    """Of the argument; empty where the arguments are no JSON object."""
    before: str | None
    """As JSON, texts as they are; None where it was not there."""
    after: str | None


def changes(before: str, after: str) -> tuple[Change, ...]:
    """What differs, in the order of `after`, then what is gone; empty for the same arguments."""
    old, new = named(before), named(after)
    names = [*new, *(name for name in old if name not in new)]
    return tuple(Change(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))


def named(arguments: str) -> Mapping[str, str]:
    """Arguments by name, each as text; all of it under "" where it is no JSON object."""
    try:
        found = json.loads(arguments)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return {"": arguments.strip()}
    return {name: value if isinstance(value, str) else _as_json(value) for name, value in found.items()}


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
