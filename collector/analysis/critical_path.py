"""Which span the end of a trace waited for, at every moment of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.analysis.tree import Tree


@dataclass(frozen=True, slots=True)
class Segment:
    span_id: str
    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class CriticalPath:
    segments: tuple[Segment, ...]
    """By time, without overlap. With `idle_ns` they add up to the trace's duration."""
    span_ns: Mapping[str, int]
    """span_id -> time on the path, without what its children have of it."""
    idle_ns: int
    """Time within the trace in which nothing that is known ran: between separate roots, say."""


def critical_path(tree: Tree) -> CriticalPath:
    """Walk back from the end of the trace.

    At a span, the child that ended last before the cursor was waited for; the cursor moves to its start. A
    child that was still running then did not hold anything up. What no child takes is the span's own, or, where
    the span does not run (its children outlive it), that of the nearest span above that does.
    """
    reach = _reach(tree)
    earlier, later = _wider_ancestors(tree)
    roots = [position for position, node in enumerate(tree.nodes) if node.parent is None]
    backwards: list[Segment] = []
    stack = _pieces(None, roots, (tree.start_ns, tree.end_ns), reach)
    while stack:
        position, start_ns, end_ns, is_own = stack.pop()
        if position is None or start_ns >= end_ns:
            continue
        node = tree.nodes[position]
        if not is_own:
            stack.extend(_pieces(position, node.children, (start_ns, end_ns), reach))
        elif node.start_ns <= start_ns and end_ns <= node.end_ns:
            _prepend(backwards, Segment(node.span.span_id, start_ns, end_ns))
        else:
            stack.append((earlier[position], start_ns, min(end_ns, node.start_ns), True))
            stack.append((position, max(start_ns, node.start_ns), min(end_ns, node.end_ns), True))
            stack.append((later[position], max(start_ns, node.end_ns), end_ns, True))
    span_ns: dict[str, int] = {}
    for segment in backwards:
        span_ns[segment.span_id] = span_ns.get(segment.span_id, 0) + segment.length_ns
    return CriticalPath(tuple(reversed(backwards)), span_ns, tree.duration_ns - sum(span_ns.values()))


def path_extents(tree: Tree, path: CriticalPath) -> list[tuple[int, int] | None]:
    """For each node the time (start_ns, end_ns) in which it, or a span below it, is on the path, within its own.

    None for a span that nothing waited for.
    """
    starts: list[int | None] = [None] * len(tree.nodes)
    ends = [0] * len(tree.nodes)

    def widen(position: int, start_ns: int, end_ns: int) -> None:
        known = starts[position]
        starts[position] = start_ns if known is None else min(known, start_ns)
        ends[position] = max(ends[position], end_ns)

    for segment in path.segments:
        widen(tree.index[segment.span_id], segment.start_ns, segment.end_ns)
    for position in reversed(range(len(tree.nodes))):
        start_ns, parent = starts[position], tree.nodes[position].parent
        if parent is not None and start_ns is not None:
            widen(parent, start_ns, ends[position])
    clipped = [
        None if start_ns is None else (max(start_ns, node.start_ns), min(end_ns, node.end_ns))
        for node, start_ns, end_ns in zip(tree.nodes, starts, ends, strict=True)
    ]
    return [extent if extent is not None and extent[0] < extent[1] else None for extent in clipped]


_Piece = tuple[int | None, int, int, bool]
"""Position (None: above the roots), start, end; whether it is the span's own time or still to be walked."""


def _pieces(
    position: int | None, children: Sequence[int], window: tuple[int, int], reach: Sequence[tuple[int, int]]
) -> list[_Piece]:
    """A span's window cut into own time and waited-for children, by time."""
    start_ns, cursor = window
    pieces: list[_Piece] = []
    for child in sorted(children, key=lambda child: (-reach[child][1], reach[child][0], child)):
        child_start, child_end = reach[child]
        if child_end <= cursor:
            pieces.append((position, child_end, cursor, True))
            pieces.append((child, child_start, child_end, False))
            cursor = child_start
    pieces.append((position, start_ns, cursor, True))
    pieces.reverse()
    return pieces


def _reach(tree: Tree) -> list[tuple[int, int]]:
    """Start and end of each span together with everything below it."""
    starts, ends = [node.start_ns for node in tree.nodes], [node.end_ns for node in tree.nodes]
    for position in reversed(range(len(tree.nodes))):
        parent = tree.nodes[position].parent
        if parent is not None:
            starts[parent] = min(starts[parent], starts[position])
            ends[parent] = max(ends[parent], ends[position])
    return list(zip(starts, ends, strict=True))


def _wider_ancestors(tree: Tree) -> tuple[list[int | None], list[int | None]]:
    """For each span the nearest span above that starts earlier, and the nearest that ends later."""
    earlier: list[int | None] = []
    later: list[int | None] = []
    for node in tree.nodes:
        above = node.parent
        while above is not None and tree.nodes[above].start_ns >= node.start_ns:
            above = earlier[above]
        earlier.append(above)
        above = node.parent
        while above is not None and tree.nodes[above].end_ns <= node.end_ns:
            above = later[above]
        later.append(above)
    return earlier, later


def _prepend(backwards: list[Segment], segment: Segment) -> None:
    later = backwards[-1] if backwards else None
    if later is not None and later.span_id == segment.span_id and later.start_ns == segment.end_ns:
        backwards[-1] = Segment(segment.span_id, segment.start_ns, later.end_ns)
    else:
        backwards.append(segment)
