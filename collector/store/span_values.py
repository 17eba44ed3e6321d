"""Which kinds, agents, providers and tools the spans of a trace have, in one text of its row: a filter by one of them
need not look at a span. Each stands on a line of its own, behind its mark, between two line breaks."""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType

MARKS = MappingProxyType({"kind": "k", "agent": "a", "provider": "p", "tool": "t"})
"""Fields of the search language."""
MOST_TOLD = 64
"""Spans that differ in them; a trace with more has them looked at, as has one with a longer text."""
MOST_LETTERS = 2_000

Told = tuple[str, str | None, str | None, str | None]
"""Kind, agent, provider and tool of a span."""


def span_values(told: Collection[Told]) -> str | None:
    """None when the spans themselves have to tell: there are too many, or one has a line break."""
    if len(told) > MOST_TOLD:
        return None
    found: set[str] = set()
    for kind, agent_name, provider, tool_name in told:
        found.add("k:" + kind)
        if agent_name is not None:
            found.add("a:" + agent_name)
        if provider is not None:
            found.add("p:" + provider)
        if tool_name is not None:
            found.add("t:" + tool_name)
    text = "\n".join(("", *sorted(found), ""))
    return text if len(text) <= MOST_LETTERS and text.count("\n") == len(found) + 1 else None


def line(field: str, value: str | None) -> str | None:
    """What the text of a trace with such a span holds; None when no text can. value: None when it isn't exact."""
    return None if field not in MARKS or value is None or "\n" in value else f"\n{MARKS[field]}:{value}\n"
