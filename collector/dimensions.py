"""Promoted dimensions: attributes of one's own that become filters and columns of every cost report.

`MSGTRACE_DIMENSIONS="team=metadata.team|service.namespace, tenant=tenant.id"`: names, and where to look in that order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.semconv.values import TAG_LENGTH, json_value, text

MAX_DIMENSIONS = 8
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PATH = re.compile(r"[^\s|,=]{1,200}")


@dataclass(frozen=True, slots=True)
class Dimension:
    name: str
    paths: tuple[str, ...]
    """Attribute names; behind a dot may stand a field of a JSON object that an attribute holds."""


def parse_dimensions(given: str) -> tuple[Dimension, ...]:
    """Raises ValueError that says which part is wrong."""
    dimensions = tuple(_parse(part.strip()) for part in given.split(",") if part.strip())
    names = [dimension.name for dimension in dimensions]
    if len(names) > MAX_DIMENSIONS:
        raise ValueError(f"at most {MAX_DIMENSIONS} dimensions, not {len(names)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{twice[0]!r} is there twice")
    return dimensions


def _parse(part: str) -> Dimension:
    name, equals, paths = (piece.strip() for piece in part.partition("="))
    if not equals or not _NAME.fullmatch(name):
        raise ValueError(f"{part[:80]!r}: expected name=attribute, the name of small letters, digits and _")
    found = tuple(path.strip() for path in paths.split("|"))
    if not all(map(_PATH.fullmatch, found)):
        raise ValueError(f"{part[:80]!r}: expected attribute names with | between them")
    return Dimension(name, found)


def read_dimensions(
    dimensions: Sequence[Dimension], attributes: Mapping[str, object], resource: Mapping[str, object]
) -> dict[str, str]:
    """What a span says of each: in its own attributes first, then in its resource. Missing where it says nothing."""
    found: dict[str, str] = {}
    for dimension in dimensions:
        values = (value for source in (attributes, resource) for path in dimension.paths for value in _at(source, path))
        said = next((known for value in values if (known := _text(value))), None)
        if said:
            found[dimension.name] = said
    return found


def _at(source: Mapping[str, object], path: str) -> Iterator[object]:
    """The values at a path, as one name first, then with ever shorter names of what holds it."""
    if path in source:
        yield source[path]
    end = path.rfind(".")
    while end > 0:
        holder = source.get(path[:end])
        inner = json_value(holder) if isinstance(holder, str) else holder
        if isinstance(inner, dict):
            yield from _at(inner, path[end + 1 :])
        end = path.rfind(".", 0, end)


def _text(value: object) -> str | None:
    found = str(value).lower() if isinstance(value, bool) else text(value)
    return found[:TAG_LENGTH] if found else None
