"""What a trace's spans add up to: its row and its lines in the ledger. Pure; the writer runs it in the same
transaction that stores the spans, so rows and sums can't disagree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import orjson

from collector.store.counting import SAME_CALL, above, ancestors, place
from collector.store.ledger import QUARTER_NS, TOKEN_FIELDS, Line, LineKey, ledger_of
from collector.store.left_out import Speakers, Texts, said
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.span_values import WRONG, Told, span_values

BILLABLE_KINDS = frozenset({"llm", "embedder", "reranker", "transcriber", "speaker"})
INDEXED_LENGTH = 256
"""Characters of a text in an index: PostgreSQL refuses an entry of more than 2,704 bytes."""
CALL_KINDS = ("llm", "tool")
BILLED = "billed"
"""Spans that cost something, or may."""
_values: Callable[[SpanRow], Told] = attrgetter("kind", "agent_name", "provider", "tool_name")
_WRONG = tuple((what, attrgetter(column)) for what, column in WRONG.items())


def summarise(spans: Sequence[SpanRow], stored: Sequence[SpanRow] = ()) -> tuple[TraceRow, list[UsageRow]]:
    """The trace's row and its ledger lines. `counting.decide_counted` has to have run on the same spans.

    stored: the same as they are stored, where log records completed them.
    """
    return Tally(spans, stored).rows()


@dataclass(frozen=True, slots=True)
class Share:
    """What one span adds to its trace."""

    call_kind: str | None
    """llm or tool when it is one of the trace's calls of that kind."""
    line: LineKey | None
    """Its line in the ledger when it is a call that costs something."""
    is_counted: bool


NOTHING = Share(None, None, False)


class Tally:
    """All that a trace's row and ledger lines are made of. Spans are added, in any order; never taken away."""

    def __init__(self, spans: Sequence[SpanRow], stored: Sequence[SpanRow] = ()) -> None:
        """spans: all there are, decided. stored: see `summarise`."""
        spans = sorted(spans, key=place)
        self.by_id = {span.span_id: span for span in spans}
        self.lines: defaultdict[LineKey, Line] = defaultdict(Line)
        self.calls: Counter[str] = Counter()
        self.models: Counter[tuple[bool, str]] = Counter()
        """(of an llm call, model) -> calls."""
        self._firsts: dict[str, tuple[tuple[int, str], SpanRow]] = {}
        """What is looked for -> the first span that has it, with its place."""
        self._last_answer: tuple[tuple[int, str], SpanRow] | None = None
        self._dimensions: dict[str, tuple[tuple[int, str], str]] = {}
        self.texts: dict[str, Texts] = {}
        """By span_id what was looked up of the speakers, where their rows do without."""
        self._tags: set[str | None] = set()
        self._values: set[Told] = set()
        self._wrong: set[str] = set()
        self._tell_apart(stored or spans)
        self._start_ns = 0
        self._end_ns: int | None = None
        self._received_ns = 0
        self._errors = 0
        for name, is_there in _LOOKED_FOR:
            if first := next(filter(is_there, spans), None):
                self._firsts[name] = place(first), first
        for span in spans:
            self._notice_rest(span)
        self.has_below: Mapping[str, Collection[str]] = self._find_below(spans)
        for span in spans:
            self.tell(span, self.share_of(span), 1)

    def rows(self) -> tuple[TraceRow, list[UsageRow]]:
        trace = self._trace()
        return trace, ledger_of(trace, self.lines)

    def notice(self, span: SpanRow) -> None:
        """Takes in what no other span can change."""
        self._tell_apart((span,))
        at = place(span)
        for name, is_there in _LOOKED_FOR:
            if is_there(span) and (name not in self._firsts or at < self._firsts[name][0]):
                self._firsts[name] = at, span
        self._notice_rest(span)

    def _tell_apart(self, spans: Sequence[SpanRow]) -> None:
        """What a filter of traces asks their spans for."""
        self._values.update(map(_values, spans))
        for what, told_by in _WRONG:
            if what not in self._wrong and any(told is not None for told in map(told_by, spans)):
                self._wrong.add(what)

    def _notice_rest(self, span: SpanRow) -> None:
        """What one value, or one of each kind, is kept of."""
        if span.start_ns > 0 and (span.start_ns < self._start_ns or not self._start_ns):
            self._start_ns = span.start_ns
        if span.end_ns is not None and (self._end_ns is None or span.end_ns > self._end_ns):
            self._end_ns = span.end_ns
        self._received_ns = max(self._received_ns, span.received_ns)
        if span.tags:
            self._tags.update(orjson.loads(span.tags))
        if span.dimensions:
            at = place(span)
            for name, value in orjson.loads(span.dimensions).items():
                if name not in self._dimensions or at < self._dimensions[name][0]:
                    self._dimensions[name] = at, value
        if span.pending:
            return
        if span.status == "error":
            self._errors += 1
        if span.output_preview is not None and span.kind != "tool":
            ended = span.end_ns or 0, span.span_id
            if self._last_answer is None or ended > self._last_answer[0]:
                self._last_answer = ended, span

    def tell(self, span: SpanRow, share: Share, sign: int) -> None:
        """Adds a span's share to the sums, or takes it out again with a sign of -1."""
        if share.call_kind:
            self.calls[share.call_kind] += sign
        if share.line:
            line = self.lines[share.line]
            line.add(span, share.is_counted, sign)
            if not line.calls:
                del self.lines[share.line]
            if model := share.line[2]:
                self.models[span.kind == "llm", model] += sign

    def speakers(self) -> Speakers:
        """Who asks and who answers in the row. While they keep their texts, it does."""
        head, last = self.head(), self._last_answer
        asking = head if head.input_preview is not None else self._first("asked")
        return asking, head if head.output_preview is not None or last is None else last[1]

    def share_of(self, span: SpanRow) -> Share:
        call_kind, line = None, None
        for name in classes_of(span):
            if name != BILLED:
                call_kind = None if span.span_id in self.has_below[name] else name
            elif span.counted or (
                span.span_id not in self.has_below[BILLED] and not span.pending and span.excluded_reason is None
            ):
                line = self._line_of(span)
        return Share(call_kind, line, bool(span.counted)) if call_kind or line else NOTHING

    def head(self) -> SpanRow:
        """The root; without one, the first span whose parent isn't there."""
        if root := self._first("root"):
            return root
        spans = sorted(self.by_id.values(), key=place)
        return next((s for s in spans if s.parent_span_id not in self.by_id), spans[0])

    def _find_below(self, spans: Sequence[SpanRow]) -> Mapping[str, Collection[str]]:
        """Of each class, the spans with one of it somewhere below them."""
        members: dict[str, list[SpanRow]] = {name: [] for name in (*CALL_KINDS, BILLED)}
        for span in spans:
            for name in classes_of(span):
                members[name].append(span)
        return {name: above(of_class, self.by_id) for name, of_class in members.items()}

    def _line_of(self, call: SpanRow) -> LineKey:
        model = call.request_model or call.response_model
        quarter_ns = call.start_ns // QUARTER_NS * QUARTER_NS
        return quarter_ns, call.provider, model, _agent(call, self.by_id), call.cost_source

    def _first(self, name: str) -> SpanRow | None:
        return self._firsts[name][1] if name in self._firsts else None

    def _told(self, head: SpanRow, name: str) -> str | None:
        """A field of the head, else of the first span by start time that has it."""
        value: str | None = getattr(head, name) or getattr(self._first(name), name, None)
        return value

    def _trace(self) -> TraceRow:
        root, head = self._first("root"), self.head()
        outcome, failure = self._outcome(root)
        start_ns, end_ns = self._start_ns, self._end_ns
        asked, answered = said(self.speakers(), self.texts)
        return TraceRow(
            project_id=head.project_id,
            trace_id=head.trace_id,
            root_span_id=root.span_id if root else None,
            name=head.name,
            workflow=(self._told(head, "workflow") or (root.name if root else ""))[:INDEXED_LENGTH] or None,
            service=self._told(head, "service"),
            environment=self._told(head, "environment"),
            version=self._version(head),
            outcome=outcome,
            start_ns=start_ns,
            end_ns=end_ns,
            duration_ns=end_ns - start_ns if end_ns is not None and end_ns >= start_ns else None,
            received_ns=self._received_ns,
            span_count=len(self.by_id),
            error_count=self._errors,
            llm_calls=self.calls["llm"],
            tool_calls=self.calls["tool"],
            **self._sums(),
            unpriced_spans=sum(line.unpriced_calls for line in self.lines.values()),
            models=orjson.dumps(self._models()).decode(),
            session_id=(self._told(head, "session_id") or "")[:INDEXED_LENGTH] or None,
            user_id=(self._told(head, "user_id") or "")[:INDEXED_LENGTH] or None,
            tags=orjson.dumps(sorted(tag for tag in self._tags if tag)).decode(),
            dimensions=self._known_dimensions(head),
            input_preview=asked,
            output_preview=answered,
            error=_describe(failure) if failure else None,
            span_values=span_values(self._values, self._wrong),
        )

    def _outcome(self, root: SpanRow | None) -> tuple[str, SpanRow | None]:
        """The outcome and the span whose failure decides it."""
        # A span often only repeats that something inside it failed: one that says why says more.
        failing = self._first("explained failure") or self._first("failure")
        if root is None:
            return "rootless", failing
        if root.pending or root.end_ns is None:
            return "running", failing
        if root.status == "error":
            return "failed", root if root.exception_type or root.status_message else failing
        return ("recovered", failing) if failing else ("ok", None)

    def _version(self, head: SpanRow) -> str | None:
        """A version that was sent, on the root first; else the hash of the first system prompt."""
        sent = head if _sends_version(head) else self._first("sent version")
        return getattr(sent or self._first("version"), "version", None)

    def _known_dimensions(self, head: SpanRow) -> str | None:
        found = {name: value for name, (_, value) in self._dimensions.items()}
        if head.dimensions:
            found |= orjson.loads(head.dimensions)
        return orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode() if found else None

    def _models(self) -> list[str]:
        """By name, those of llm calls before embedders and the like."""
        talking = {model for (is_llm, model), calls in self.models.items() if is_llm and calls}
        others = {model for (_, model), calls in self.models.items() if calls} - talking
        return [*sorted(talking), *sorted(others)]

    def _sums(self) -> dict[str, Any]:
        """None when no call knows: unknown is not 0."""
        return {name: self._sum(name) for name in (*TOKEN_FIELDS, "cost_nusd")}

    def _sum(self, name: str) -> int | None:
        known = [value for line in self.lines.values() if (value := line.sum(name)) is not None]
        return sum(known) if known else None


def classes_of(span: SpanRow) -> list[str]:
    """What a span stands for above it: an ancestor of the same class is no call of its own."""
    found = []
    if span.kind in CALL_KINDS and not span.pending and span.excluded_reason not in SAME_CALL:
        found.append(span.kind)
    if span.kind in BILLABLE_KINDS or span.counted:
        found.append(BILLED)
    return found


def _sends_version(span: SpanRow) -> bool:
    return bool(span.version) and not str(span.version).startswith("prompt-")


def _fails(span: SpanRow) -> bool:
    return span.status == "error" and not span.pending


_LOOKED_FOR: tuple[tuple[str, Callable[[SpanRow], object]], ...] = (
    ("root", lambda s: s.parent_span_id is None),
    *((name, attrgetter(name)) for name in ("workflow", "service", "environment", "version", "session_id", "user_id")),
    ("sent version", _sends_version),
    ("asked", lambda s: s.input_preview is not None and s.kind != "tool"),  # its arguments ask nothing of a run
    ("failure", _fails),
    ("explained failure", lambda s: _fails(s) and (s.exception_type or s.status_message)),
)


def _describe(span: SpanRow) -> str:
    exceptions = orjson.loads(span.exceptions) if span.exceptions else []
    message = (exceptions[0]["message"] if exceptions else None) or span.status_message
    return ": ".join(part for part in (span.exception_type, message) if part)[:300] or f"{span.name} failed"


def _agent(call: SpanRow, by_id: dict[str, SpanRow]) -> str | None:
    if call.agent_name:
        return call.agent_name
    agent = next((a for a in ancestors(call, by_id) if a.kind == "agent" or a.agent_name), None)
    return (agent.agent_name or agent.name) if agent else None
