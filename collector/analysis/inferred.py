"""Parents for spans that arrived without one, where their times leave no doubt.

The published msgtrace-sdk never makes a span current, so each of its spans is a trace of its own. Its spans still
contain each other in time: the parent is the shortest span of the same resource that contains the child. That is a
guess about what was sent, so it is offered as a marked view and never stored.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.store.records import SpanRecord

SDK_SCOPE = "msgtrace.sdk"


@dataclass(frozen=True, slots=True)
class Located:
    """A span and the resource it was sent under."""

    span: SpanRecord
    resource: str
    """Equal for spans of one process."""


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
