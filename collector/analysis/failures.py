"""Where a trace failed, and which span to look at first."""

from __future__ import annotations

from collector.analysis.critical_path import CriticalPath
from collector.analysis.tree import Tree
from collector.analysis.waiting import step_positions
from collector.store.records import SpanRecord


def has_failed(span: SpanRecord) -> bool:
    return span.status == "error"


def failed_calls(tree: Tree) -> frozenset[str]:
    """Ids of the tool calls that failed or were answered with an error."""
    spans = (node.span for node in tree.nodes)
    return frozenset(s.tool_call_id for s in spans if s.tool_call_id and (has_failed(s) or s.returned_error))


def failed_steps(tree: Tree) -> tuple[int, ...]:
    """Positions of the failures a reader would count, by start.

    Of a failed call and the failed request within it only the call counts, of a failed call and the agent that
    failed because of it only the call.
    """
    steps = step_positions(tree)
    failed: set[int] = set()
    for position, node in enumerate(tree.nodes):
        if has_failed(node.span):
            failed.add(steps[position] if has_failed(tree.nodes[steps[position]].span) else position)
    failed -= _with_failures_below(tree, failed)
    return tuple(sorted(failed, key=lambda position: (tree.nodes[position].start_ns, position)))


def opening_span(tree: Tree, path: CriticalPath) -> str | None:
    """The span a page opens on: the first failure, else the one with the most time of its own on the path."""
    if not tree.nodes:
        return None
    if failed := failed_steps(tree):
        return tree.nodes[failed[0]].span.span_id
    longest = max(tree.nodes, key=lambda node: path.span_ns.get(node.span.span_id, 0))
    return longest.span.span_id


def _with_failures_below(tree: Tree, failed: set[int]) -> set[int]:
    above: set[int] = set()
    for position in reversed(range(len(tree.nodes))):
        parent = tree.nodes[position].parent
        if parent is not None and (position in failed or position in above):
            above.add(parent)
    return failed & above
