"""Parents for spans that arrived without one, where their times leave no doubt.

The published msgtrace-sdk never makes a span current, so each of its spans is a trace of its own. Its spans still
contain each other in time: the parent is the shortest span of the same resource that contains the child. That is a
guess about what was sent, so it is offered as a marked view and never stored.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from collector.store.records import SpanRecord, TraceSummary

SDK_SCOPE = "msgtrace.sdk"

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Located:
    """A span and the resource it was sent under."""

    span: SpanRecord
    resource: str
    """Equal for spans of one process."""


@dataclass(frozen=True, slots=True)
class Family:
    """Spans of several traces that belong to one run, as far as their times tell."""

    spans: tuple[SpanRecord, ...]
    """As sent, by start time."""
    parents: Mapping[str, str]
    """span_id -> span_id of the inferred parent."""

    def placed(self) -> tuple[SpanRecord, ...]:
        """The spans as if they had been sent with their inferred parents, to build a tree of them."""
        return tuple(replace(s, parent_span_id=self.parents.get(s.span_id, s.parent_span_id)) for s in self.spans)

    def summary(self, trace: TraceSummary) -> TraceSummary:
        """The trace's summary with the figures of the whole family."""
        start_ns = min(span.start_ns for span in self.spans)
        end_ns = max((span.end_ns for span in self.spans if span.end_ns is not None), default=None)
        counted = [span for span in self.spans if span.counted]
        sent = _sum(span.input_tokens for span in counted)
        received = _sum(span.output_tokens for span in counted)
        return replace(
            trace,
            name=self.spans[0].name,
            start_ns=start_ns,
            end_ns=end_ns,
            duration_ms=None if end_ns is None else (end_ns - start_ns) / 1e6,
            span_count=len(self.spans),
            error_count=sum(span.status == "error" for span in self.spans),
            input_tokens=sent,
            output_tokens=received,
            total_tokens=None if sent is None and received is None else (sent or 0) + (received or 0),
            cost_usd=_sum(span.cost_usd for span in counted),
            unpriced_spans=sum(span.cost_usd is None for span in counted),
        )


def may_belong_to_others(spans: Sequence[SpanRecord]) -> bool:
    """Whether a trace looks like a piece of a run: a single span that came without a parent."""
    return len(spans) == 1 and spans[0].parent_span_id is None


def infer_parents(spans: Iterable[Located]) -> dict[str, str]:
    """span_id -> span_id of the inferred parent, for the parentless spans that have exactly one possible place.

    A place is possible in any span of the same resource, sent by msgtrace-sdk, that contains the child. The shortest
    of them is the parent if the others contain it in turn; where two overlap, as in concurrent runs, nobody can say.
    """
    by_resource: defaultdict[str, list[SpanRecord]] = defaultdict(list)
    for located in spans:
        if located.span.end_ns is not None:
            by_resource[located.resource].append(located.span)
    parents: dict[str, str] = {}
    for group in by_resource.values():
        possible = sorted((s for s in group if s.scope == SDK_SCOPE), key=_length)
        for child in group:
            if child.parent_span_id is None and (parent := _only_place(child, possible)):
                parents[child.span_id] = parent.span_id
    return parents


def _only_place(child: SpanRecord, possible: Sequence[SpanRecord]) -> SpanRecord | None:
    around = [span for span in possible if _contains(span, child)]
    nested = all(_contains(outer, inner) for inner, outer in itertools.pairwise(around))
    return around[0] if around and nested else None


def _contains(outer: SpanRecord, inner: SpanRecord) -> bool:
    """Strictly: of two spans with equal times neither contains the other, so no two are each other's parents."""
    assert outer.end_ns is not None
    assert inner.end_ns is not None
    within = outer.start_ns <= inner.start_ns and inner.end_ns <= outer.end_ns
    return within and _length(outer) > _length(inner)


def _length(span: SpanRecord) -> int:
    return (span.end_ns or span.start_ns) - span.start_ns


def _sum(values: Iterable[Number | None]) -> Number | None:
    """None when nothing is known."""
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known else None
