"""What the spans of a trace say that no other span can change: the first that knows a name, the last answer, times, and
tags and errors. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import filterfalse
from operator import attrgetter

import orjson

from collector.store.counting import place
from collector.store.rows import SpanRow
from collector.store.span_values import WRONG, Told

_start_ns: Callable[[SpanRow], int] = attrgetter("start_ns")
_end_ns: Callable[[SpanRow], int | None] = attrgetter("end_ns")
_received_ns: Callable[[SpanRow], int] = attrgetter("received_ns")
_tags: Callable[[SpanRow], str | None] = attrgetter("tags")
_values: Callable[[SpanRow], Told] = attrgetter("kind", "agent_name", "provider", "tool_name")
_parent, _version, _dimensions = map(attrgetter, ("parent_span_id", "version", "dimensions"))
_NAMES = tuple((name, attrgetter(name)) for name in ("workflow", "service", "environment", "session_id", "user_id"))
_WRONG = tuple((what, attrgetter(column)) for what, column in WRONG.items())


class Noticed:
    """Spans are added, in any order; never taken away."""

    def __init__(self) -> None:
        self.start_ns = 0
        """0: none tells when it began."""
        self.end_ns: int | None = None
        self.received_ns = 0
        self.errors = 0
        self.tags: set[str] = set()
        self.values: set[Told] = set()
        """What a filter of traces asks their spans for."""
        self.wrong: set[str] = set()
        self.last_answer: SpanRow | None = None
        self._firsts: dict[str, SpanRow] = {}
        """What is looked for -> the first span that has it."""
        self._dimensions: dict[str, tuple[tuple[int, str], str]] = {}

    def add(self, spans: Sequence[SpanRow], stored: Sequence[SpanRow]) -> None:
        """spans: by their place. stored: the same as they are stored, where log records completed them."""
        self._add_times(spans)
        self._add_firsts(spans)
        for span in spans:
            if span.output_preview is None or span.pending or span.kind == "tool":
                continue
            if self.last_answer is None or _end(span) > _end(self.last_answer):
                self.last_answer = span
        for span in filter(_dimensions, spans):
            for name, value in orjson.loads(span.dimensions or "{}").items():
                if name not in self._dimensions or place(span) < self._dimensions[name][0]:
                    self._dimensions[name] = place(span), value
        self.tags.update(*map(orjson.loads, filter(None, map(_tags, spans))))
        self.values.update(map(_values, stored))
        self.wrong.update(what for what, told_by in _WRONG if any(told is not None for told in map(told_by, stored)))

    def first(self, name: str) -> SpanRow | None:
        """The first span by start time that has it; None where none has."""
        return self._firsts.get(name)

    def told(self, head: SpanRow, name: str) -> str | None:
        """A field of the head, else of the first span by start time that has it."""
        value: str | None = getattr(head, name) or getattr(self.first(name), name, None)
        return value

    def version(self, head: SpanRow) -> str | None:
        """A version that was sent, on the root first; else the hash of the first system prompt."""
        sent = head if _sends_version(head) else self.first("sent version")
        return getattr(sent or self.first("version"), "version", None)

    def dimensions(self, head: SpanRow) -> str | None:
        """As a JSON object."""
        found = {name: value for name, (_, value) in self._dimensions.items()}
        if head.dimensions:
            found |= orjson.loads(head.dimensions)
        return orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode() if found else None

    def _add_times(self, spans: Sequence[SpanRow]) -> None:
        starts = [start_ns for start_ns in (self.start_ns, *map(_start_ns, spans)) if start_ns > 0]
        ends = [end_ns for end_ns in (self.end_ns, *map(_end_ns, spans)) if end_ns is not None]
        self.start_ns, self.end_ns = min(starts, default=0), max(ends, default=None)
        self.received_ns = max((self.received_ns, *map(_received_ns, spans)))

    def _add_firsts(self, spans: Sequence[SpanRow]) -> None:
        failing = [span for span in spans if span.status == "error" and not span.pending]
        self.errors += len(failing)
        versioned = list(filter(_version, spans))
        # What a tool was given is not what a run was asked.
        for name, found in (
            *((name, filter(known_by, spans)) for name, known_by in _NAMES),
            ("root", filterfalse(_parent, spans)),
            ("version", versioned),
            ("sent version", filter(_sends_version, versioned)),
            (
                "asked",
                (s for s in spans if s.input_preview is not None and s.kind != "tool"),
            ),  # whose ask nothing of a run
            ("failure", failing),
            ("explained failure", (span for span in failing if span.exception_type or span.status_message)),
        ):
            first = next(iter(found), None)
            if first and (name not in self._firsts or place(first) < place(self._firsts[name])):
                self._firsts[name] = first


def _end(span: SpanRow) -> tuple[int, str]:
    return span.end_ns or 0, span.span_id


def _sends_version(span: SpanRow) -> bool:
    return bool(span.version) and not str(span.version).startswith("prompt-")
