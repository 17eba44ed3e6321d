"""What can be asked for by name, and in which unit."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Unit = Literal["time", "money", "count"]

OUTCOMES = ("ok", "recovered", "failed", "running", "incomplete")
KINDS = (
    *("workflow", "agent", "llm", "tool", "retriever", "embedder", "reranker"),
    *("guardrail", "evaluator", "transcriber", "speaker", "prompt", "other"),
)
HAS = ("exception", "error", "returned", "cost", "unpriced", "score", "note", "user", "session")
DIMENSION = "dimension."


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    unit: Unit | None = None
    """None: the field is a text."""
    choices: tuple[str, ...] = ()
    """Empty: any text."""
    of_trace: bool = True
    of_span: bool = True
    """Whether it can stand in span(...)."""
    takes_star: bool = True


_SPAN_ONLY = {
    "kind": Field(choices=KINDS),
    "model": Field(),
    "provider": Field(),
    "tool": Field(),
    "agent": Field(),
    "exception": Field(),
    "error": Field(takes_star=False),
    "finish": Field(),
    "status": Field(choices=("ok", "error")),
    "returned": Field(choices=("error",)),
    "source": Field(choices=("reported", "override", "computed")),
}
FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "outcome": Field(choices=OUTCOMES, of_span=False),
        "workflow": Field(),
        "name": Field(),
        "user": Field(),
        "session": Field(),
        "service": Field(),
        "environment": Field(),
        "version": Field(),
        "tag": Field(takes_star=False),
        **_SPAN_ONLY,
        "cost": Field(unit="money"),
        "duration": Field(unit="time"),
        "tokens": Field(unit="count"),
        "input_tokens": Field(unit="count"),
        "output_tokens": Field(unit="count"),
        "spans": Field(unit="count", of_span=False),
        "errors": Field(unit="count", of_span=False),
        "llm_calls": Field(unit="count", of_span=False),
        "tool_calls": Field(unit="count", of_span=False),
        "first_token": Field(unit="time"),
    }
)
ALIASES: Mapping[str, str] = MappingProxyType({"env": "environment", "ttft": "first_token", "session_id": "session"})
OTHER_KEYS = ("has", "id", "score", "span")
_DIMENSION = Field(takes_star=False)


def find_field(name: str) -> Field:
    """Raises KeyError for what is no field."""
    return _DIMENSION if name.startswith(DIMENSION) else FIELDS[name]


def dimension_field(name: str) -> str:
    """The field of a promoted dimension."""
    return DIMENSION + name


def canonical(key: str, dimensions: Collection[str]) -> str | None:
    """The field that a key means; None for one that nobody knows."""
    key = key.lower()
    key = ALIASES.get(key, key)
    if key in FIELDS:
        return key
    name = key.removeprefix(DIMENSION)
    return DIMENSION + name if name in dimensions else None


def suggestion(wrong: str, known: Collection[str]) -> str:
    """`; did you mean x?` where something known is near, else nothing."""
    near = difflib.get_close_matches(wrong.lower(), known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
