"""Long traces as a writer remembers them, so that a request costs what it brings and not what is there already.

A short trace is loaded, decided and summed anew with every commit. For a long one that would make a run of 100,000
spans take hours. Its writer keeps the spans in memory with what leads from one to another, decides again only where new
spans reach (above and below them, and other reports of the same calls), and corrects the sums by the difference. The
outcome is the same: decisions and shares are made by the same functions.

The database stays the truth. Each write of a trace's row gives it a new random revision; what is remembered is used
only while its revision is the stored one, so that other writers, changed prices and deletions are noticed. Where the
short way isn't certain (a span replaced, log records, a circle of parents), the trace is loaded and summed whole.
"""

from __future__ import annotations

import heapq
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from collector.store.counting import ancestors, decide, groups_of, is_reporting, place
from collector.store.rows import SpanRow
from collector.store.selecting import TraceKey
from collector.store.summary import BILLED, CALL_KINDS, NOTHING, Share, Tally, classes_of

LONG = 1_000
"""Spans from which on a trace is remembered."""
MOST_REMEMBERED = 150_000
"""Spans of all remembered traces together: about a kilobyte each."""
MOST_STEPS_UP = 500
"""Ancestors of a span; a chain that is longer is summed whole, which is linear."""


class Unsure(Exception):
    """The short way can't tell: the trace has to be summed whole, and what was remembered is void."""


class LongTrace(Tally):
    """A tally that grows by whole requests. Raises Unsure for a trace with a circle of parents."""

    def __init__(self, spans: Sequence[SpanRow]) -> None:
        """spans: all there are, decided."""
        self._children: defaultdict[str | None, list[SpanRow]] = defaultdict(list)
        self._groups: defaultdict[tuple[object, ...], list[SpanRow]] = defaultdict(list)
        self._first_below: dict[str, tuple[int, str]] = {}
        """Of the ancestors of reporting spans: place of the first of these."""
        self._orphans: list[tuple[int, str]] = []
        """Heap of the places of spans whose parent wasn't there when they came."""
        self._shares: dict[str, Share] = {}
        self._below: dict[str, Counter[str]] = {name: Counter() for name in (*CALL_KINDS, BILLED)}
        super().__init__(spans)
        for span in spans:
            for group in groups_of(span):
                self._groups[group].append(span)
            if (share := self.share_of(span)) is not NOTHING:
                self._shares[span.span_id] = share

    def add(self, spans: Sequence[SpanRow]) -> list[SpanRow]:
        """Takes in new spans; returns those whose decision changed."""
        for span in spans:
            self._link(span)
        new = sorted(spans, key=place)
        self.noticed.add(new, new)
        near = self._near(spans)
        region = self._with_groups(near)
        classes = {span.span_id: classes_of(span) for span in region}
        first_below = {s.span_id: self._first_below[s.span_id][1] for s in region if s.span_id in self._first_below}
        changed = decide(region, self.by_id, first_below)
        affected = {span.span_id: span for span in near}
        for span in changed:
            above = list(ancestors(span, self.by_id))
            self._recount_above(above, Counter(classes_of(span)), Counter(classes[span.span_id]))
            affected |= {other.span_id: other for other in (span, *above)}
        for span in affected.values():
            self._share_anew(span)
        return changed

    def head(self) -> SpanRow:
        if root := self.noticed.first("root"):
            return root
        while self.by_id[self._orphans[0][1]].parent_span_id in self.by_id:
            heapq.heappop(self._orphans)
        return self.by_id[self._orphans[0][1]]

    def _find_below(self, spans: Sequence[SpanRow]) -> Mapping[str, Collection[str]]:
        """From the leaves upwards, each span once."""
        for span in spans:
            self._children[span.parent_span_id].append(span)
            if span.parent_span_id not in self.by_id:
                heapq.heappush(self._orphans, place(span))
        waiting = {span.span_id: len(self._children.get(span.span_id, ())) for span in spans}
        ready = [span for span in spans if not waiting[span.span_id]]
        for span in ready:
            parent = self.by_id.get(span.parent_span_id or "")
            if parent:
                self._pass_up([parent], span)
                waiting[parent.span_id] -= 1
                if not waiting[parent.span_id]:
                    ready.append(parent)
        if len(ready) < len(spans):
            raise Unsure
        return self._below

    def _link(self, span: SpanRow) -> None:
        children = self._children.get(span.span_id, ())
        self.by_id[span.span_id] = span
        way_up = self._way_up(span)
        self._children[span.parent_span_id].append(span)
        if span.parent_span_id not in self.by_id:
            heapq.heappush(self._orphans, place(span))
        for group in groups_of(span):
            self._groups[group].append(span)
        for child in children:
            self._pass_up([span], child)
        self._pass_up(way_up, span)

    def _pass_up(self, above: Iterable[SpanRow], span: SpanRow) -> None:
        """Tells ancestors of a span and of all below it."""
        firsts = [self._first_below[span.span_id]] if span.span_id in self._first_below else []
        first = min([*firsts, place(span)] if is_reporting(span) else firsts, default=None)
        counts = Counter(classes_of(span))
        counts.update({name: below[span.span_id] for name, below in self._below.items() if span.span_id in below})
        for ancestor in above:
            for name, count in counts.items():
                self._below[name][ancestor.span_id] += count
            if first and first < self._first_below.get(ancestor.span_id, (first[0] + 1, "")):
                self._first_below[ancestor.span_id] = first

    def _recount_above(self, above: Iterable[SpanRow], now: Counter[str], before: Counter[str]) -> None:
        now.subtract(before)
        for name, difference in now.items():
            below = self._below[name]
            for ancestor in above if difference else ():
                below[ancestor.span_id] += difference
                if not below[ancestor.span_id]:
                    del below[ancestor.span_id]

    def _way_up(self, span: SpanRow) -> list[SpanRow]:
        """Of a new span. Nothing is decided yet, so that its trace can still be summed whole."""
        found = list(islice(ancestors(span, self.by_id), MOST_STEPS_UP))
        top = found[-1] if found else span
        if len(found) == MOST_STEPS_UP or top.parent_span_id in {span.span_id, *(other.span_id for other in found)}:
            raise Unsure
        return found

    def _near(self, spans: Iterable[SpanRow]) -> list[SpanRow]:
        """Spans with all above and below them."""
        found: dict[str, SpanRow] = {}
        for span in spans:
            for other in (span, *ancestors(span, self.by_id)):
                if other.span_id in found:
                    break
                found[other.span_id] = other
        below = {span.span_id: span for span in spans}
        waiting = list(spans)
        while waiting:
            for child in self._children.get(waiting.pop().span_id, ()):
                if child.span_id not in below:
                    below[child.span_id] = child
                    waiting.append(child)
        return list((found | below).values())

    def _with_groups(self, spans: Iterable[SpanRow]) -> list[SpanRow]:
        found = {span.span_id: span for span in spans}
        waiting = list(found.values())
        looked_at: set[tuple[object, ...]] = set()
        while waiting:
            for group in groups_of(waiting.pop()):
                if group not in looked_at:
                    looked_at.add(group)
                    newcomers = [span for span in self._groups[group] if span.span_id not in found]
                    found |= {span.span_id: span for span in newcomers}
                    waiting += newcomers
        return list(found.values())

    def _share_anew(self, span: SpanRow) -> None:
        before, now = self._shares.get(span.span_id, NOTHING), self.share_of(span)
        if now != before:
            self.tell(span, before, -1)
            self.tell(span, now, 1)
            self._shares[span.span_id] = now


class LongTraces:
    """The long traces that one writer has written lately, each with the revision of its row."""

    def __init__(self) -> None:
        self._traces: OrderedDict[TraceKey, tuple[int, LongTrace]] = OrderedDict()

    def __iter__(self) -> Iterator[TraceKey]:
        return iter(self._traces)

    def get(self, key: TraceKey, revision: int) -> LongTrace | None:
        """None when it isn't remembered as it is stored."""
        remembered = self._traces.get(key)
        return remembered[1] if remembered and remembered[0] == revision else None

    def remember(self, key: TraceKey, revision: int, trace: LongTrace) -> None:
        """Forgets others when they become too many, the longest unused first."""
        self._traces[key] = revision, trace
        self._traces.move_to_end(key)
        spans = sum(len(trace.by_id) for _, trace in self._traces.values())
        while spans > MOST_REMEMBERED:
            spans -= len(self._traces.popitem(last=False)[1][1].by_id)

    def forget(self, keys: Iterable[TraceKey]) -> None:
        for key in keys:
            self._traces.pop(key, None)
