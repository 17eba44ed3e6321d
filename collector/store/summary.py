"""What a trace's spans add up to: its row and its lines in the ledger. Pure; the writer runs it in the same
transaction that stores the spans, so rows and sums can't disagree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from collector.store.counting import SAME_CALL, above, ancestors, place
from collector.store.ledger import QUARTER_NS, SUMMED, Line, LineKey, ledger_of
from collector.store.left_out import Speakers, Texts, said
from collector.store.noticed import Noticed
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.span_values import span_values

BILLABLE_KINDS = frozenset({"llm", "embedder", "reranker", "transcriber", "speaker"})
INDEXED_LENGTH = 256
"""Characters of a text in an index: PostgreSQL refuses an entry of more than 2,704 bytes."""
CALL_KINDS = ("llm", "tool")
BILLED = "billed"
"""Spans that cost something, or may."""
_UNBILLED: tuple[str, ...] = ()
_FIRST_SUMMED = SUMMED[: SUMMED.index("cost_nusd") + 1]
"""What a trace tells of what its lines sum: tokens, and the cost as a whole."""


def summarise(spans: Sequence[SpanRow], stored: Sequence[SpanRow] = ()) -> tuple[TraceRow, list[UsageRow]]:
    """The trace's row and its ledger lines. `counting.decide_counted` has to have run on the same spans.

    stored: the same as they are stored, where log records completed them.
    """
    return Tally(spans, stored).rows()


class Share(NamedTuple):
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
        self.texts: dict[str, Texts] = {}
        """By span_id what was looked up of the speakers, where their rows do without."""
        self.noticed = Noticed()
        self.noticed.add(spans, stored or spans)
        self.has_below: Mapping[str, Collection[str]] = self._find_below(spans)
        for span in spans:
            if (share := self.share_of(span)) is not NOTHING:
                self.tell(span, share, 1)

    def rows(self) -> tuple[TraceRow, list[UsageRow]]:
        trace = self._trace()
        return trace, ledger_of(trace, self.lines)

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
        head, last = self.head(), self.noticed.last_answer
        asking = head if head.input_preview is not None else self.noticed.first("asked")
        return asking, head if head.output_preview is not None or last is None else last

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
        if root := self.noticed.first("root"):
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

    def _trace(self) -> TraceRow:
        root, head = self.noticed.first("root"), self.head()
        outcome, failure = self._outcome(root)
        start_ns, end_ns = self.noticed.start_ns, self.noticed.end_ns
        asked, answered = said(self.speakers(), self.texts)
        return TraceRow(
            project_id=head.project_id,
            trace_id=head.trace_id,
            root_span_id=root.span_id if root else None,
            name=head.name,
            workflow=(self.noticed.told(head, "workflow") or (root.name if root else ""))[:INDEXED_LENGTH] or None,
            service=self.noticed.told(head, "service"),
            environment=self.noticed.told(head, "environment"),
            version=self.noticed.version(head),
            outcome=outcome,
            start_ns=start_ns,
            end_ns=end_ns,
            duration_ns=end_ns - start_ns if end_ns is not None and end_ns >= start_ns else None,
            received_ns=self.noticed.received_ns,
            span_count=len(self.by_id),
            error_count=self.noticed.errors,
            llm_calls=self.calls["llm"],
            tool_calls=self.calls["tool"],
            **self._sums(),
            unpriced_spans=sum(line.unpriced_calls for line in self.lines.values()),
            models=orjson.dumps(self._models()).decode(),
            session_id=(self.noticed.told(head, "session_id") or "")[:INDEXED_LENGTH] or None,
            user_id=(self.noticed.told(head, "user_id") or "")[:INDEXED_LENGTH] or None,
            tags=orjson.dumps(sorted(filter(None, self.noticed.tags))).decode(),
            dimensions=self.noticed.dimensions(head),
            input_preview=asked,
            output_preview=answered,
            error=_describe(failure) if failure else None,
            span_values=span_values(self.noticed.values, self.noticed.wrong),
        )

    def _outcome(self, root: SpanRow | None) -> tuple[str, SpanRow | None]:
        """The outcome and the span whose failure decides it."""
        # A span often only repeats that something inside it failed: one that says why says more.
        failing = self.noticed.first("explained failure") or self.noticed.first("failure")
        if root is None:
            return "rootless", failing
        if root.pending or root.end_ns is None:
            return "running", failing
        if root.status == "error":
            return "failed", root if root.exception_type or root.status_message else failing
        return ("recovered", failing) if failing else ("ok", None)

    def _models(self) -> list[str]:
        """By name, those of llm calls before embedders and the like."""
        talking = {model for (is_llm, model), calls in self.models.items() if is_llm and calls}
        others = {model for (_, model), calls in self.models.items() if calls} - talking
        return [*sorted(talking), *sorted(others)]

    def _sums(self) -> dict[str, Any]:
        """None when no call knows: unknown is not 0."""
        found: dict[str, Any] = {}
        for name, *values in zip(_FIRST_SUMMED, *(line.sums() for line in self.lines.values()), strict=False):
            known = [value for value in values if value is not None]
            found[name] = sum(known) if known else None
        return found


def classes_of(span: SpanRow) -> tuple[str, ...]:
    """What a span stands for above it: an ancestor of the same class is no call of its own."""
    billed = (BILLED,) if span.counted or span.kind in BILLABLE_KINDS else _UNBILLED
    if span.kind in CALL_KINDS and not span.pending and span.excluded_reason not in SAME_CALL:
        return span.kind, *billed
    return billed


def _describe(span: SpanRow) -> str:
    exceptions = orjson.loads(span.exceptions) if span.exceptions else []
    message = (exceptions[0]["message"] if exceptions else None) or span.status_message
    return ": ".join(part for part in (span.exception_type, message) if part)[:300] or f"{span.name} failed"


def _agent(call: SpanRow, by_id: dict[str, SpanRow]) -> str | None:
    if call.agent_name:
        return call.agent_name
    agent = next((a for a in ancestors(call, by_id) if a.kind == "agent" or a.agent_name), None)
    return (agent.agent_name or agent.name) if agent else None
