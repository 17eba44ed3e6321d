"""What all views of a trace start from, worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collector.analysis.critical_path import CriticalPath, critical_path, path_extents
from collector.analysis.failures import failed_steps, opening_span
from collector.analysis.idle import Stretch, idle_gaps, work_stretches
from collector.analysis.tree import Tree, build_tree
from collector.analysis.waiting import CALLS, Waiting, step_positions, waiting_on
from collector.store.records import SpanRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    tree: Tree
    path: CriticalPath
    extents: Sequence[tuple[int, int] | None]
    """Of each node the time in which it, or a span below it, is on the critical path."""
    on_path_ns: Sequence[int]
    """Of each node how long it, or a span below it, is on the critical path."""
    waits: tuple[Waiting, ...]
    failed: tuple[int, ...]
    """Positions of the failures a reader would count, by start."""
    opening: str | None
    """The span to open on."""
    steps: Sequence[int | None]
    """Of each node its number among the calls of the trace, from 1; None for what is no call or part of one."""
    work: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]


def study(spans: Sequence[SpanRecord]) -> Study:
    tree = build_tree(spans)
    path = critical_path(tree)
    return Study(
        tree=tree,
        path=path,
        extents=path_extents(tree, path),
        on_path_ns=_on_path_ns(tree, path),
        waits=waiting_on(tree, path),
        failed=failed_steps(tree),
        opening=opening_span(tree, path),
        steps=_numbered(tree),
        work=work_stretches(tree),
        gaps=idle_gaps(tree),
    )


def _numbered(tree: Tree) -> list[int | None]:
    numbers: list[int | None] = []
    last = 0
    for position, step in enumerate(step_positions(tree)):
        is_step = step == position and tree.nodes[position].span.kind in CALLS
        last += is_step
        numbers.append(last if is_step else None)
    return numbers


def _on_path_ns(tree: Tree, path: CriticalPath) -> list[int]:
    times = [path.span_ns.get(node.span.span_id, 0) for node in tree.nodes]
    for position in reversed(range(len(tree.nodes))):
        parent = tree.nodes[position].parent
        if parent is not None:
            times[parent] += times[position]
    return times
