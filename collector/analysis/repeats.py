"""Runs of the same call, or of two calls in turn, one after the other: "search x17, 3 errors"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from collector.analysis.failures import has_failed
from collector.analysis.tree import Tree
from collector.analysis.waiting import step_name

FEWEST = 3
"""Fewer are no repetition."""
_Call = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Repeat:
    positions: tuple[int, ...]
    """Siblings that follow each other, by start: of the same kind and name, or of two in turn."""
    failed: int
    """How many times something in it failed."""
    period: int = 1
    """2 for two calls in turn."""

    @property
    def times(self) -> int:
        """At least FEWEST."""
        return len(self.positions) // self.period


def repeats(tree: Tree, hidden: Collection[int] = ()) -> tuple[Repeat, ...]:
    """All runs of the trace, in the order of the tree. `hidden` positions neither belong to a run nor part one."""
    families = [[position for position, node in enumerate(tree.nodes) if node.parent is None]]
    families += [list(node.children) for node in tree.nodes if len(node.children) >= FEWEST]
    found = [run for family in families for run in _runs(tree, [at for at in family if at not in hidden])]
    return tuple(sorted(found, key=lambda run: run.positions))


def _runs(tree: Tree, siblings: Sequence[int]) -> list[Repeat]:
    spans = [tree.nodes[position].span for position in siblings]
    calls = [(span.kind, step_name(span)) for span in spans]
    found, at = [], 0
    while at < len(calls):
        period = next((n for n in (1, 2) if _length(calls, at, n) >= FEWEST * n), 0)
        if not period:
            at += 1
            continue
        end = at + _length(calls, at, period)
        positions = tuple(siblings[at:end])
        rounds = [positions[first : first + period] for first in range(0, len(positions), period)]
        failed = sum(any(has_failed(tree.nodes[one].span) for one in once) for once in rounds)
        found.append(Repeat(positions, failed, period))
        at = end
    return found


def _length(calls: Sequence[_Call], start: int, period: int) -> int:
    """How many calls from `start` on repeat the first `period` of them; whole rounds only."""
    end = start + period
    while end < len(calls) and calls[end] == calls[end - period]:
        end += 1
    return (end - start) // period * period if end <= len(calls) else 0
