"""The model calls of a trace, and which of them continue which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collector.analysis.tree import Tree

_REPEATS = frozenset({"same_response", "twin"})
"""Why a span is left out that tells of a call a second time."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    position: int
    """In `Tree.nodes`."""
    agent: int | None
    """Position of the agent that made it; None without one."""
    previous: int | None
    """Position of the call that the same agent made before."""


def model_calls(tree: Tree) -> tuple[ModelCall, ...]:
    """By start; a wrapper and the call inside it, and what two instrumentations tell, are one."""
    wraps = _with_calls_inside(tree)
    agents = agents_above(tree)
    positions = [at for at, node in enumerate(tree.nodes) if node.span.kind == "llm" and at not in wraps]
    once = [at for at in positions if not _is_repeat(tree, at)]
    latest: dict[int | None, int] = {}
    calls = []
    for position in sorted(once, key=lambda at: (tree.nodes[at].start_ns, at)):
        agent = agents[position]
        calls.append(ModelCall(position, agent, latest.get(agent)))
        latest[agent] = position
    return tuple(calls)


def agents_above(tree: Tree) -> Sequence[int | None]:
    """Of each node the position of the nearest agent above it; of an agent its caller's."""
    agents: list[int | None] = []
    for node in tree.nodes:
        above = node.parent
        is_agent = above is not None and tree.nodes[above].span.kind == "agent"
        agents.append(above if above is None or is_agent else agents[above])
    return agents


def _with_calls_inside(tree: Tree) -> set[int]:
    """Nodes with a model call anywhere below."""
    above: set[int] = set()
    for position in reversed(range(len(tree.nodes))):
        node = tree.nodes[position]
        if node.parent is not None and (node.span.kind == "llm" or position in above):
            above.add(node.parent)
    return above


def _is_repeat(tree: Tree, position: int) -> bool:
    span = tree.nodes[position].span
    return span.excluded_reason in _REPEATS and span.excluded_by in tree.index


def call_before(tree: Tree, span_id: str) -> str | None:
    """span_id of the model call that the same agent made before this one."""
    position = tree.index.get(span_id)
    found = next((call for call in model_calls(tree) if call.position == position), None)
    return None if found is None or found.previous is None else tree.nodes[found.previous].span.span_id
