"""How long a trace would have taken if one of its spans had been faster."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import pairwise

from collector.analysis.tree import Tree


def duration_if_faster(tree: Tree, span_id: str, factor: float = 0.5) -> int | None:
    """Nanoseconds from the trace's start to its end, if the span and all inside it took `factor` of their time.

    The trace is replayed. A span starts as long as it did after what it waited for: the last of the siblings that
    had ended by then, else its parent's start. It ends as long as it did after the last child it waited for. So
    what runs beside something slower wins nothing. None for a span that is not in the trace.
    """
    chosen = tree.index.get(span_id)
    if chosen is None:
        return None
    ended_before = _ended_before(tree)
    latest: dict[int | None, tuple[int, int]] = {}
    starts, ends = [0] * len(tree.nodes), [0] * len(tree.nodes)
    scaled = _subtree(tree, chosen)
    open_spans: list[int] = []

    def close(down_to: int) -> None:
        while len(open_spans) > down_to:
            position = open_spans.pop()
            ends[position] = tree.nodes[position].end_ns + _shift_of_end(tree, position, starts, ends)

    for position, node in enumerate(tree.nodes):
        close(node.depth)
        if position != chosen and position in scaled:
            starts[position] = _scaled(node.start_ns, tree.nodes[chosen].start_ns, starts[chosen], factor)
            ends[position] = _scaled(node.end_ns, tree.nodes[chosen].start_ns, starts[chosen], factor)
            continue
        for at in ended_before[position]:
            was_ns, is_ns = latest.get(node.parent, (tree.nodes[at].end_ns, ends[at]))
            latest[node.parent] = max(was_ns, tree.nodes[at].end_ns), max(is_ns, ends[at])
        if node.parent in latest:
            was_ns, is_ns = latest[node.parent]
            starts[position] = is_ns + node.start_ns - was_ns
        elif node.parent is not None:
            starts[position] = starts[node.parent] + node.start_ns - tree.nodes[node.parent].start_ns
        else:
            starts[position] = node.start_ns
        if position == chosen:
            ends[position] = _scaled(node.end_ns, node.start_ns, starts[position], factor)
        else:
            open_spans.append(position)
    close(0)
    return max(ends) - tree.start_ns


def _scaled(moment_ns: int, pivot_ns: int, moved_ns: int, factor: float) -> int:
    """Where a moment of the faster span lies; what lies before its start only moves along."""
    distance_ns = moment_ns - pivot_ns
    return moved_ns + (distance_ns if distance_ns <= 0 else round(distance_ns * factor))


def _shift_of_end(tree: Tree, position: int, starts: Sequence[int], ends: Sequence[int]) -> int:
    """How much later (below 0: earlier) a span ends: as the last of the children it waited for, else as it starts."""
    node = tree.nodes[position]
    waited = [child for child in node.children if tree.nodes[child].end_ns <= node.end_ns]
    if not waited:
        return starts[position] - node.start_ns
    return max(ends[child] for child in waited) - max(tree.nodes[child].end_ns for child in waited)


def _ended_before(tree: Tree) -> list[list[int]]:
    """For each span the siblings that ended before it started, and not yet before the one in front of it."""
    ended: list[list[int]] = [[] for _ in tree.nodes]
    roots = [position for position, node in enumerate(tree.nodes) if node.parent is None]
    for siblings in (roots, *(node.children for node in tree.nodes if len(node.children) > 1)):
        running: list[tuple[int, int]] = []
        for earlier, position in pairwise(siblings):
            heapq.heappush(running, (tree.nodes[earlier].end_ns, earlier))
            while running and running[0][0] <= tree.nodes[position].start_ns:
                ended[position].append(heapq.heappop(running)[1])
    return ended


def _subtree(tree: Tree, position: int) -> range:
    """Positions of a span and of all below it, which follow it in depth-first order."""
    depth, end = tree.nodes[position].depth, position + 1
    while end < len(tree.nodes) and tree.nodes[end].depth > depth:
        end += 1
    return range(position, end)
