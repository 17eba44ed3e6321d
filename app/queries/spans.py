"""What several spans of a trace say, for views that show more than one; only of those that are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Engine

from app.queries.asking import ask, ask_large
from collector.analysis.steps import Call
from collector.analysis.tree import Tree
from collector.detail import read_detail
from collector.store.reads import notes as note_reads
from collector.store.reads import spans as span_reads
from collector.store.reads import trace_texts
from collector.store.records import Message, Part, Scope, SpanDetail, SpanRecord, TextsFound, TraceNote

Messages = tuple[tuple[Message, ...], tuple[Message, ...]]
"""What was sent to a model, and what it answered."""
_KEPT_CHARACTERS = 20_000
"""Of an argument or a result; what is longer is read whole in the span's panel."""


def messages(spans: Iterable[SpanRecord]) -> dict[str, Messages]:
    """By span_id; a call that carries no messages is told by its plain input and output, one whose content is no
    longer kept is left out."""
    return _each(_read_messages, spans)


def calls(spans: Iterable[SpanRecord]) -> dict[str, Call]:
    """Arguments and results by span_id, the first 20,000 characters of each."""
    return _each(_read_calls, spans)


def said_in(tree: Tree, text: str) -> TextsFound:
    """The spans that say the text, anywhere in what was received of them."""
    traces = sorted(_traces(tree)) if text.strip() else []
    parts = [ask(trace_texts.find_in_texts, trace_id, text) for trace_id in traces]
    partly = [part.searched for part in parts if part.searched is not None]
    return TextsFound(frozenset().union(*(part.span_ids for part in parts)), sum(partly) if partly else None)


def argument_hashes(tree: Tree) -> dict[str, str]:
    """By span_id what tells the arguments of a tool's call from others."""
    known: dict[str, str] = {}
    for trace_id in _traces(tree):
        known |= ask(trace_texts.list_argument_hashes, trace_id)
    return known


def _traces(tree: Tree) -> frozenset[str]:
    """Inferred parents bring spans of several together."""
    return frozenset(node.span.trace_id for node in tree.nodes)


def note(project_id: str, trace_id: str) -> TraceNote:
    """What a person marked on the trace; empty where nobody did."""
    return ask(note_reads.get_note, project_id, trace_id)


def _each(read: Callable[..., dict[str, Any]], spans: Iterable[SpanRecord]) -> dict[str, Any]:
    """Inferred parents bring spans of several traces together: each trace is asked by itself."""
    by_trace: defaultdict[str, list[str]] = defaultdict(list)
    for span in spans:
        by_trace[span.trace_id].append(span.span_id)
    found: dict[str, Any] = {}
    for trace_id, span_ids in by_trace.items():
        found |= ask_large(read, trace_id, tuple(span_ids))
    return found


def _read_messages(engine: Engine, scope: Scope, trace_id: str, span_ids: tuple[str, ...]) -> dict[str, Messages]:
    details = map(read_detail, span_reads.list_stored(engine, scope, trace_id, span_ids))
    return {detail.record.span_id: _messages(detail) for detail in details if not detail.content_removed}


def _messages(detail: SpanDetail) -> Messages:
    sent = detail.input or _plain("user", detail.input_text)
    return sent, detail.output or _plain("assistant", detail.output_text)


def _plain(role: str, text: str | None) -> tuple[Message, ...]:
    return (Message(role=role, parts=(Part(type="text", text=text),)),) if text else ()


def _read_calls(engine: Engine, scope: Scope, trace_id: str, span_ids: tuple[str, ...]) -> dict[str, Call]:
    details = map(read_detail, span_reads.list_stored(engine, scope, trace_id, span_ids))
    return {d.record.span_id: Call(_kept(d.input_text), _kept(_result(d))) for d in details if not d.content_removed}


def _result(detail: SpanDetail) -> str | None:
    """A model call's answer is its texts."""
    said = (part.text for message in detail.output for part in message.parts if part.type == "text")
    return detail.output_text or "\n".join(text for text in said if text) or None


def _kept(text: str | None) -> str | None:
    return None if text is None else text[:_KEPT_CHARACTERS]
