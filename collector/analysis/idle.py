"""When a trace did something, and when it only waited for somebody: an answer, an approval, a timer."""

from __future__ import annotations

from collector.analysis.tree import Tree
from collector.analysis.waiting import CALLS

SHORTEST_SHARE = 0.05
"""Of the trace's duration; shorter pauses are the program's own work between two calls."""

Stretch = tuple[int, int]
"""start_ns, end_ns"""


def work_stretches(tree: Tree) -> tuple[Stretch, ...]:
    """The times in which a call or an innermost span ran, by time; shorter pauses than SHORTEST_SHARE are bridged."""
    shortest_ns = tree.duration_ns * SHORTEST_SHARE
    busy = sorted((node.start_ns, node.end_ns) for node in tree.nodes if not node.children or node.span.kind in CALLS)
    stretches: list[Stretch] = []
    for start_ns, end_ns in busy:
        if stretches and start_ns - stretches[-1][1] <= shortest_ns:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], end_ns))
        else:
            stretches.append((start_ns, end_ns))
    return tuple(stretches)


def idle_gaps(tree: Tree) -> tuple[Stretch, ...]:
    """The times longer than SHORTEST_SHARE of the trace in which none of its calls ran."""
    shortest_ns = tree.duration_ns * SHORTEST_SHARE
    edges = [tree.start_ns, *(edge for stretch in work_stretches(tree) for edge in stretch), tree.end_ns]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple((start_ns, end_ns) for start_ns, end_ns in pairs if end_ns - start_ns > shortest_ns)
