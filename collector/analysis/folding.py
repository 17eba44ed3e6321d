"""Which spans only carry out a call above them: the request a tool makes, the query below that."""

from __future__ import annotations

from collector.analysis.failures import has_failed
from collector.analysis.tree import Tree

INFRASTRUCTURE = frozenset({"other"})
"""Kinds of spans that HTTP, database and framework instrumentations send."""


def infrastructure(tree: Tree) -> frozenset[int]:
    """Positions of the spans that can be left out without losing a step or a failure.

    Such a span has no step below it. A failed one counts only if its parent failed too, where the failure stays
    visible. What is below one of them is one of them, so whole branches go; roots stay.
    """
    kept = [False] * len(tree.nodes)
    for position in reversed(range(len(tree.nodes))):
        node = tree.nodes[position]
        parent = node.parent
        fails_alone = has_failed(node.span) and (parent is None or not has_failed(tree.nodes[parent].span))
        if parent is None or fails_alone or node.span.kind not in INFRASTRUCTURE:
            kept[position] = True
        if kept[position] and parent is not None:
            kept[parent] = True
    return frozenset(position for position, stays in enumerate(kept) if not stays)
