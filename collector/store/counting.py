"""Which spans of a trace enter sums, so that every total anywhere is a plain sum over counted spans.

Many clients report the same tokens more than once: an agent's total beside its calls, a wrapper beside the
provider's own instrumentation, two instrumentations of one call. The rules, in this order:

1. a pending span is never counted;
2. a span with usage is counted only if no descendant has usage (the deepest wins);
3. among the rest, one provider response id counts once;
4. twins without an id count once: same parent, other scope, equal tokens, one within the other in time;
5. a streamed call that comes as two spans, its request and a moment that tells how it ended (Logfire), is the second.

The decision is a pure function of a trace's spans, so late arrivals simply have it made again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from collector.store.rows import SpanRow

PENDING = "pending"
COUNTED_IN_DESCENDANT = "counted_in_descendant"
SAME_RESPONSE = "same_response"
TWIN = "twin"
REPORTED_LATER = "reported_later"
SAME_CALL = frozenset({SAME_RESPONSE, TWIN, REPORTED_LATER})
"""Reasons of spans that are another report of a call that is counted."""
_NOT_EXCLUDED = (None, None)

place: Callable[[SpanRow], tuple[int, str]] = attrgetter("start_ns", "span_id")
"""Where a span stands among those of its trace: by its start."""


def decide_counted(spans: Sequence[SpanRow]) -> list[SpanRow]:
    """Sets `counted`, `excluded_by` and `excluded_reason`; returns the spans whose decision changed."""
    by_id = {span.span_id: span for span in spans}
    reporting = _reporting(spans)
    return _decide(spans, reporting, by_id, above(reporting, by_id))


def decide(spans: Sequence[SpanRow], by_id: dict[str, SpanRow], first_below: Mapping[str, str]) -> list[SpanRow]:
    """As `decide_counted`, for some spans of a trace that hold either all or none of every `groups_of` of theirs.

    by_id: the whole trace. first_below: of each ancestor of reporting spans the first of these.
    """
    return _decide(spans, _reporting(spans), by_id, first_below)


def _reporting(spans: Iterable[SpanRow]) -> list[SpanRow]:
    return sorted(filter(is_reporting, spans), key=place)


def _decide(
    spans: Sequence[SpanRow], reporting: Sequence[SpanRow], by_id: dict[str, SpanRow], first_below: Mapping[str, str]
) -> list[SpanRow]:
    excluded: dict[str, tuple[str, str | None]] = {s.span_id: (PENDING, None) for s in spans if s.pending}
    for span in reporting:
        if span.span_id in first_below:
            excluded[span.span_id] = COUNTED_IN_DESCENDANT, first_below[span.span_id]
    _exclude_same_responses([s for s in reporting if s.span_id not in excluded], by_id, excluded)
    _exclude_twins([s for s in reporting if s.span_id not in excluded], excluded)
    _exclude_requests([s for s in spans if s.kind == "llm" and s.span_id not in excluded], excluded)
    counted = {span.span_id for span in reporting}.difference(excluded)
    changed = []
    for span in spans:
        is_counted, (reason, by) = span.span_id in counted, excluded.get(span.span_id, _NOT_EXCLUDED)
        if is_counted != span.counted or reason != span.excluded_reason or by != span.excluded_by:
            span.counted, span.excluded_reason, span.excluded_by = is_counted, reason, by
            changed.append(span)
    return changed


def groups_of(span: SpanRow) -> Iterator[tuple[object, ...]]:
    """What a span shares with those that may be another report of its call, by rules 3 to 5."""
    if span.pending:
        return
    if has_usage(span) and span.response_id:
        yield (span.response_id,)
    if span.input_tokens is not None or span.output_tokens is not None:
        yield span.parent_span_id, span.input_tokens, span.output_tokens
    if span.excluded_reason == REPORTED_LATER:  # retention may have emptied the question of one of the two
        yield REPORTED_LATER, span.excluded_by
    if span.kind == "llm" and _is_moment(span):
        yield REPORTED_LATER, span.span_id
    if span.kind == "llm" and (_is_moment(span) or not has_usage(span)):
        yield span.parent_span_id, span.scope, span.request_model, span.input_preview


def is_reporting(span: SpanRow) -> bool:
    return has_usage(span) and not span.pending


def has_usage(span: SpanRow) -> bool:
    """Whether a span says what a call consumed: tokens, or money."""
    return span.input_tokens is not None or span.output_tokens is not None or span.cost_nusd is not None


def ancestors(span: SpanRow, by_id: dict[str, SpanRow]) -> Iterator[SpanRow]:
    """From the parent upwards, as far as they have arrived. A cycle is walked once."""
    seen = {span.span_id}
    while span.parent_span_id in by_id and span.parent_span_id not in seen:
        span = by_id[span.parent_span_id]
        seen.add(span.span_id)
        yield span


def above(spans: Iterable[SpanRow], by_id: dict[str, SpanRow]) -> dict[str, str]:
    """Every ancestor of the given spans -> the first of them below it. Linear: no way up is walked twice."""
    found: dict[str, str] = {}
    for span in spans:
        own_id, ancestor_id = span.span_id, span.parent_span_id
        while (
            ancestor_id in by_id and ancestor_id not in found and ancestor_id != own_id
        ):  # which ends a circle as well
            found[ancestor_id] = own_id
            ancestor_id = by_id[ancestor_id].parent_span_id
    return found


def _exclude_same_responses(
    spans: Sequence[SpanRow], by_id: dict[str, SpanRow], excluded: dict[str, tuple[str, str | None]]
) -> None:
    """Keeps the innermost of the spans that carry one response id: that is the provider's own, and exact."""
    groups: defaultdict[str, list[SpanRow]] = defaultdict(list)
    for span in spans:
        if span.response_id:
            groups[span.response_id].append(span)
    for group in groups.values():
        if len(group) > 1:
            kept = max(group, key=lambda s: (sum(1 for _ in ancestors(s, by_id)), s.start_ns, s.span_id))
            excluded.update((s.span_id, (SAME_RESPONSE, kept.span_id)) for s in group if s is not kept)


def _exclude_twins(spans: Sequence[SpanRow], excluded: dict[str, tuple[str, str | None]]) -> None:
    groups: defaultdict[tuple[str | None, int | None, int | None], list[SpanRow]] = defaultdict(list)
    for span in spans:
        if span.input_tokens is not None or span.output_tokens is not None:
            groups[span.parent_span_id, span.input_tokens, span.output_tokens].append(span)
    for group in groups.values():
        if len({span.scope for span in group}) > 1:
            _exclude_outer(sorted(group, key=lambda s: (_length(s), s.start_ns, s.span_id)), excluded)


def _exclude_outer(shortest_first: Sequence[SpanRow], excluded: dict[str, tuple[str, str | None]]) -> None:
    """Only what starts within a span is compared with it: a loop may make very many calls of equal tokens."""
    kept: list[tuple[int, int]] = []  # (start, position), by start
    for position, outer in enumerate(shortest_first):
        if outer.end_ns is None:
            continue
        inside = kept[bisect_left(kept, (outer.start_ns, -1)) : bisect_right(kept, (outer.end_ns, position))]
        inner = min((p for _, p in inside if _are_twins(shortest_first[p], outer)), default=None)
        if inner is None:
            insort(kept, (outer.start_ns, position))
        else:
            excluded[outer.span_id] = (TWIN, shortest_first[inner].span_id)


def _exclude_requests(calls: Sequence[SpanRow], excluded: dict[str, tuple[str, str | None]]) -> None:
    """Of the requests of the same place, model and question that had ended by that moment, the last is its own.

    Once retention has emptied the questions nobody can tell them apart: what was decided by them stays.
    """
    emptied = {call.span_id for call in calls if call.input_preview == ""}
    if emptied:  # one of the two is enough: retention may be halfway through the trace
        decided = [s for s in calls if s.excluded_reason == REPORTED_LATER and emptied & {s.span_id, s.excluded_by}]
        excluded.update((s.span_id, (REPORTED_LATER, s.excluded_by)) for s in decided)
        settled = emptied.union(*((s.span_id, s.excluded_by) for s in decided))
        calls = [call for call in calls if call.span_id not in settled]
    if not any(map(_is_moment, calls)):
        return
    requests: defaultdict[tuple[str | None, ...], list[SpanRow]] = defaultdict(list)
    for call in sorted(calls, key=lambda s: (s.end_ns or 0, has_usage(s), s.span_id)):
        asked = requests[call.parent_span_id, call.scope, call.request_model, call.input_preview]
        if _is_moment(call) and asked:
            excluded[asked.pop().span_id] = (REPORTED_LATER, call.span_id)
        elif call.end_ns and call.status == "ok" and call.output_preview is None and not has_usage(call):
            asked.append(call)


def _is_moment(call: SpanRow) -> bool:
    return call.start_ns == call.end_ns and has_usage(call)


def _are_twins(inner: SpanRow, outer: SpanRow) -> bool:
    return (
        inner.scope != outer.scope
        and not (inner.response_id and outer.response_id)
        and inner.end_ns is not None
        and outer.end_ns is not None
        and outer.start_ns <= inner.start_ns
        and inner.end_ns <= outer.end_ns
    )


def _length(span: SpanRow) -> int:
    return (span.end_ns or span.start_ns) - span.start_ns
