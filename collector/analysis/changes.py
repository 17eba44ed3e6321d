"""What is different between a span and its counterpart, beside how long it took and what it cost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collector.analysis.contents import Content, readable
from collector.analysis.failures import has_failed
from collector.store.records import SpanRecord

CAUSES = frozenset({"model", "system", "messages", "arguments", "parameters", "tools"})
"""Known when the span begins."""
EFFECTS = frozenset({"outcome"})
"""Known when it ends."""
TEXTS = ("system", "messages", "arguments", "output")
_MOST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Change:
    what: str
    """model, outcome, system, messages, arguments, parameters, tools or output."""
    subject: str | None = None
    """The parameter or the tool that is meant."""
    a: str | None = None
    """Short values on both sides, cut; None where it is absent. Texts are not repeated here."""
    b: str | None = None


def record_changes(a: SpanRecord, b: SpanRecord) -> Iterator[Change]:
    """What can be told without what was said."""
    a_model, b_model = a.request_model or a.response_model, b.request_model or b.response_model
    if a_model != b_model:
        yield Change("model", a=a_model, b=b_model)
    a_outcome, b_outcome = outcome_of(a), outcome_of(b)
    if a_outcome != b_outcome:
        yield Change("outcome", a=a_outcome, b=b_outcome)


def content_changes(a: Content, b: Content) -> Iterator[Change]:
    yield from _mapping("parameters", a.parameters, b.parameters)
    yield from _mapping("tools", a.tools, b.tools)
    yield from (Change(what) for what in TEXTS if _differ(getattr(a, what), getattr(b, what)))


def outcome_of(span: SpanRecord) -> str:
    """ok, running, the type of the exception, or what stands for it."""
    if span.pending or span.end_ns is None:
        return "running"
    if has_failed(span):
        return next((note.type for note in span.exceptions if note.type), None) or "failed"
    return "returned an error" if span.returned_error else "ok"


def _differ(a: str | None, b: str | None) -> bool:
    """JSON with its keys in another order is the same."""
    if a is None or b is None or a == b:
        return a != b
    return readable(a) != readable(b)


def _mapping(what: str, a: Mapping[str, object], b: Mapping[str, object]) -> Iterator[Change]:
    if a == b:
        return
    for name in sorted(a.keys() | b.keys()):
        if a.get(name) != b.get(name):
            yield Change(what, name, _value(a.get(name)), _value(b.get(name)))


def _value(value: object) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return text[:_MOST_VALUE]
