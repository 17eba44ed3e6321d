"""Runs of the same call, one after the other: "search x17, 3 errors"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from collector.analysis.failures import has_failed
from collector.analysis.tree import Tree
from collector.analysis.waiting import step_name

FEWEST = 3
"""Fewer are no repetition."""


@dataclass(frozen=True, slots=True)
class Repeat:
    positions: tuple[int, ...]
    """Siblings of the same kind and name that follow each other, by start; at least FEWEST."""
    failed: int
    """How many of them failed."""


def repeats(tree: Tree, hidden: Collection[int] = ()) -> tuple[Repeat, ...]:
    """All runs of the trace, in the order of the tree. `hidden` positions neither belong to a run nor part one."""
    families = [[position for position, node in enumerate(tree.nodes) if node.parent is None]]
    families += [list(node.children) for node in tree.nodes if len(node.children) >= FEWEST]
    found = [run for family in families for run in _runs(tree, [at for at in family if at not in hidden])]
    return tuple(sorted(found, key=lambda run: run.positions))


def _runs(tree: Tree, siblings: Sequence[int]) -> list[Repeat]:
    def call(position: int) -> tuple[str, str]:
        span = tree.nodes[position].span
        return span.kind, step_name(span)

    runs = (tuple(group) for _, group in groupby(siblings, key=call))
    return [
        Repeat(positions, sum(has_failed(tree.nodes[at].span) for at in positions))
        for positions in runs
        if len(positions) >= FEWEST
    ]
