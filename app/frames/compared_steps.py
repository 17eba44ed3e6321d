"""The steps of two compared runs: their numbers, and which of them are worth a look."""

from __future__ import annotations

from functools import lru_cache

from collector.analysis.comparison import ComparedNode, Comparison
from collector.analysis.contributions import Contribution
from collector.analysis.tree import SpanNode, Tree
from collector.analysis.waiting import CONTAINERS, step_name, step_positions

_LITTLE = 0.01
"""Share of A's duration below which a change of time is no change to speak of."""


@lru_cache(maxsize=4)
def step_numbers(comparison: Comparison) -> tuple[str, ...]:
    """For each node the number of its call in B, "A16" for one that only A has; empty for what is no call."""
    a_numbers, b_numbers = _numbers(comparison.a), _numbers(comparison.b)
    texts = []
    for node in comparison.nodes:
        if node.b is not None:
            texts.append(b_numbers.get(node.b.span.span_id, ""))
        else:
            number = a_numbers.get(node.shown.span.span_id, "")
            texts.append(f"A{number}" if number else "")
    return tuple(texts)


def node_name(node: ComparedNode) -> str:
    if node.is_renamed and node.a is not None and node.b is not None:
        before, after = step_name(node.a.span), step_name(node.b.span)
        return before if before == after else f"{before} → {after}"
    return step_name(node.shown.span) or "(no name)"


def is_unchanged(node: ComparedNode, comparison: Comparison) -> bool:
    """Matched, asked and answered the same, and neither slower nor dearer by anything to speak of."""
    if not node.is_matched or node.is_renamed or node.changes:
        return False
    is_as_long = abs(node.change("duration_ns") or 0) < _LITTLE * max(comparison.a.duration_ns, 1)
    return is_as_long and not node.change("cost_nusd") and not node.change("tokens")


def unchanged_subtrees(comparison: Comparison) -> list[bool]:
    """For each node whether it and everything in it is unchanged."""
    whole = [is_unchanged(node, comparison) for node in comparison.nodes]
    for position in reversed(range(len(whole))):
        parent = comparison.nodes[position].parent
        if parent is not None and not whole[position]:
            whole[parent] = False
    return whole


def telling_call(comparison: Comparison, part: Contribution) -> int | None:
    """Position of the step's first call that differs from its counterpart, or has none; None for time without a span.

    Where none does, the one whose duration changed most.
    """
    nodes = comparison.nodes
    different = (at for at in part.pairs if not nodes[at].is_matched or nodes[at].is_renamed or nodes[at].changes)
    return next(different, max(part.pairs, key=lambda at: abs(nodes[at].change("duration_ns") or 0), default=None))


def _numbers(tree: Tree) -> dict[str, str]:
    steps = step_positions(tree)
    calls = [at for at, step in enumerate(steps) if at == step and not _is_container(tree.nodes[at])]
    return {tree.nodes[at].span.span_id: str(number) for number, at in enumerate(calls, 1)}


def _is_container(node: SpanNode) -> bool:
    """A root that holds others is no step, whatever its kind."""
    return node.span.kind in CONTAINERS or (node.parent is None and bool(node.children))
