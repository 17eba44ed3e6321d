"""Which kinds, agents, providers and tools the spans of a trace have, and whether something went wrong in one, in one
text of its row: a filter by one of them need not look at a span.

The text begins with a letter for each of WRONG. Each value stands on a line of its own, behind its mark, between two
line breaks; where they are too many only the letters are there. A text of an older version begins with a line break:
its lines hold, and of what went wrong it tells nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType

MARKS = MappingProxyType({"kind": "k", "agent": "a", "provider": "p", "tool": "t"})
"""Fields of the search language."""
WRONG = MappingProxyType({"exception": "exceptions", "returned": "returned_error"})
"""What `has:` asks for -> the column of a span that tells it; in the order of their letters."""
LETTERS = MappingProxyType({"exception": "x", "returned": "r"})
NOT_SO = "-"
"""Stands for a letter when no span has it."""
MOST_TOLD = 64
"""Spans that differ in their values; a trace with more has them looked at, as has one with a longer text."""
MOST_LETTERS = 2_000

Told = tuple[str, str | None, str | None, str | None]
"""Kind, agent, provider and tool of a span."""


def span_values(told: Collection[Told], wrong: Collection[str]) -> str:
    """wrong: those of WRONG that a span has. The letters alone when the spans have to tell their values: there are too
    many, or one has a line break."""
    letters = "".join(letter if what in wrong else NOT_SO for what, letter in LETTERS.items())
    if len(told) > MOST_TOLD:
        return letters
    found: set[str] = set()
    for kind, agent_name, provider, tool_name in told:
        found.add("k:" + kind)
        if agent_name is not None:
            found.add("a:" + agent_name)
        if provider is not None:
            found.add("p:" + provider)
        if tool_name is not None:
            found.add("t:" + tool_name)
    text = "\n".join((letters, *sorted(found), ""))
    return text if len(text) <= MOST_LETTERS and text.count("\n") == len(found) + 1 else letters


def tells_all(text: str | None) -> bool:
    """Whether it tells what went wrong as well. None: of a trace that was stored before there was such a text."""
    return text is not None and not text.startswith("\n")


def tools_of(text: str) -> list[str]:
    return [line[2:] for line in text.split("\n") if line.startswith("t:")]
