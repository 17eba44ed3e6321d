"""What is different between a span and its counterpart, beside how long it took and what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collector.analysis.contents import Content
from collector.analysis.failures import has_failed
from collector.store.records import SpanRecord

CAUSES = frozenset({"model", "system", "messages", "arguments", "parameters", "tools"})
"""Known when the span begins."""
EFFECTS = frozenset({"outcome"})
"""Known when it ends."""
TEXTS = ("system", "messages", "arguments", "output")


@dataclass(frozen=True, slots=True)
class Change:
    what: str
    """name, model, outcome, system, messages, arguments, parameters, tools or output."""
    subject: str | None = None
    """The parameter or the tool that is meant."""
    a: str | None = None
    """Short values on both sides; None where it is absent. Texts are not repeated here."""
    b: str | None = None


def changes_of(
    a: SpanRecord, b: SpanRecord, a_content: Content | None, b_content: Content | None
) -> tuple[Change, ...]:
    """Without both contents, what the records alone tell."""
    return tuple(_changes(a, b, a_content, b_content))


def outcome_of(span: SpanRecord) -> str:
    """ok, running, the type of the exception, or what stands for it."""
    if span.pending or span.end_ns is None:
        return "running"
    if has_failed(span):
        return next((note.type for note in span.exceptions if note.type), None) or "failed"
    return "returned an error" if span.returned_error else "ok"


def _changes(a: SpanRecord, b: SpanRecord, a_content: Content | None, b_content: Content | None) -> Iterator[Change]:
    a_model, b_model = a.request_model or a.response_model, b.request_model or b.response_model
    if a_model != b_model:
        yield Change("model", a=a_model, b=b_model)
    if a_content is not None and b_content is not None:
        yield from _mapping("parameters", a_content.parameters, b_content.parameters)
        yield from _mapping("tools", a_content.tools, b_content.tools)
        yield from (Change(what) for what in TEXTS if getattr(a_content, what) != getattr(b_content, what))
    a_outcome, b_outcome = outcome_of(a), outcome_of(b)
    if a_outcome != b_outcome:
        yield Change("outcome", a=a_outcome, b=b_outcome)


def _mapping(what: str, a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(a.keys() | b.keys()):
        if a.get(name) != b.get(name):
            yield Change(what, name, a.get(name), b.get(name))
