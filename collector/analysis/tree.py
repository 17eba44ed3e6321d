"""Spans of one trace -> their tree, with depth and self time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from collector.store.records import SpanRecord


@dataclass(frozen=True, slots=True)
class SpanNode:
    span: SpanRecord
    depth: int
    parent: int | None
    """Position in `Tree.nodes`; None for a root."""
    children: tuple[int, ...]
    self_ns: int
    """The span's own interval without what its children cover of it."""
    is_orphan: bool
    """It names a parent that never came."""
    end_ns: int
    """Where the span is drawn to: its end; the trace's end while it has none; never before its start."""

    @property
    def start_ns(self) -> int:
        return self.span.start_ns


@dataclass(frozen=True, slots=True)
class Tree:
    nodes: tuple[SpanNode, ...]
    """Depth-first, siblings by start; a parent stands before its children."""
    start_ns: int
    end_ns: int
    index: Mapping[str, int]
    """span_id -> position in `nodes`."""

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns

    def find(self, span_id: str | None) -> SpanNode | None:
        position = self.index.get(span_id) if span_id is not None else None
        return None if position is None else self.nodes[position]


def build_tree(spans: Sequence[SpanRecord]) -> Tree:
    """The tree of a trace, whatever order its spans come in.

    Spans without a parent are roots, and so are orphans. A cycle is cut at its earliest span, which becomes a
    root. Of several spans with one id the finished one is kept.
    """
    unique = _without_duplicates(spans)
    if not unique:
        return Tree((), 0, 0, {})
    start_ns = min(span.start_ns for span in unique)
    end_ns = max(max(span.start_ns, span.end_ns or 0) for span in unique)
    parents = _parents(unique)
    children: list[list[int]] = [[] for _ in unique]
    for position, parent in enumerate(parents):
        if parent is not None:
            children[parent].append(position)
    known = {span.span_id for span in unique}
    index: dict[str, int] = {}
    order = list(_depth_first(parents, children))
    for place, (position, _) in enumerate(order):
        index[unique[position].span_id] = place
    nodes = []
    for position, depth in order:
        span, parent = unique[position], parents[position]
        ends = [_drawn_end(unique[child], end_ns) for child in children[position]]
        drawn_end = _drawn_end(span, end_ns)
        covered = [(unique[child].start_ns, end) for child, end in zip(children[position], ends, strict=True)]
        nodes.append(
            SpanNode(
                span=span,
                depth=depth,
                parent=None if parent is None else index[unique[parent].span_id],
                children=tuple(index[unique[child].span_id] for child in children[position]),
                self_ns=drawn_end - span.start_ns - _covered_ns(covered, span.start_ns, drawn_end),
                is_orphan=span.parent_span_id is not None and span.parent_span_id not in known,
                end_ns=drawn_end,
            )
        )
    return Tree(tuple(nodes), start_ns, end_ns, index)


def _without_duplicates(spans: Sequence[SpanRecord]) -> list[SpanRecord]:
    """One span an id, by start; the same for every order of the input."""
    best: dict[str, SpanRecord] = {}
    for span in spans:
        kept = best.get(span.span_id)
        if kept is None or _preference(span) < _preference(kept):
            best[span.span_id] = span
    return sorted(best.values(), key=lambda span: (span.start_ns, span.span_id))


def _preference(span: SpanRecord) -> tuple[bool, bool, int, int, int, str]:
    return (span.pending, span.end_ns is None, span.received_ns, span.start_ns, span.end_ns or 0, span.name)


def _parents(spans: Sequence[SpanRecord]) -> list[int | None]:
    """For each span the position of its parent. `spans` are by start, so a cycle's first is its earliest."""
    positions = {span.span_id: position for position, span in enumerate(spans)}
    parents = [positions.get(span.parent_span_id or "") for span in spans]
    reaches_root = [False] * len(spans)
    for position in range(len(spans)):
        walked: list[int] = []
        on_walk: set[int] = set()
        step: int | None = position
        while step is not None and not reaches_root[step] and step not in on_walk:
            walked.append(step)
            on_walk.add(step)
            step = parents[step]
        if step is not None and step in on_walk:
            parents[min(walked[walked.index(step) :])] = None
        for done in walked:
            reaches_root[done] = True
    return parents


def _depth_first(parents: Sequence[int | None], children: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """(position, depth) of every span, a parent before its children. No recursion: depth has no limit."""
    waiting = [(position, 0) for position in reversed(range(len(parents))) if parents[position] is None]
    while waiting:
        position, depth = waiting.pop()
        yield position, depth
        waiting.extend((child, depth + 1) for child in reversed(children[position]))


def _drawn_end(span: SpanRecord, trace_end_ns: int) -> int:
    return max(span.start_ns, trace_end_ns if span.end_ns is None else span.end_ns)


def _covered_ns(intervals: Sequence[tuple[int, int]], start_ns: int, end_ns: int) -> int:
    """Length of the union of the intervals (sorted by start) within start_ns to end_ns."""
    covered = 0
    reached = start_ns
    for interval_start, interval_end in intervals:
        clipped_end = min(interval_end, end_ns)
        covered += max(0, clipped_end - max(interval_start, reached))
        reached = max(reached, clipped_end)
    return covered
