"""Who called whom: agents and tools as nodes, their calls as edges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from collector.analysis.failures import has_failed
from collector.analysis.steps import agent_name
from collector.analysis.tree import SpanNode, Tree
from collector.analysis.waiting import CALLS, step_name, step_positions

MOST_NODES = 60
"""That a picture can show."""
_ACTIONS = CALLS - {"llm"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    kind: str
    name: str
    calls: int
    errors: int
    model_calls: int
    """Made by the agent itself."""
    cost_usd: float | None
    """Of what the agent or the tool did itself, not of whom it called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphEdge:
    caller: int
    """Position in `AgentGraph.nodes`."""
    callee: int
    calls: int
    errors: int
    time_ns: int
    """Of all calls together; calls side by side count each."""
    cost_usd: float | None
    """Of all that happened below these calls."""
    first_span_id: str
    """Of the first call that failed, else of the first."""


@dataclass(frozen=True, slots=True)
class AgentGraph:
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    left_out: int
    """Nodes beyond MOST_NODES, the least called ones, with their edges."""


def has_several_agents(tree: Tree) -> bool:
    return len({agent_name(node.span) for node in tree.nodes if node.span.kind == "agent"}) > 1


def agent_graph(tree: Tree) -> AgentGraph:
    """Spans of one kind and name are one node. What calls without an agent above stands as the workflow."""
    owners = step_positions(tree)
    members: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    keys: dict[int, tuple[str, str]] = {}
    for position, node in enumerate(tree.nodes):
        if _is_node(node, position, owners[position]):
            keys[position] = _key(node)
            members[keys[position]].append(position)
    kept = sorted(members, key=lambda key: (-len(members[key]), members[key][0]))[:MOST_NODES]
    kept.sort(key=lambda key: members[key][0])
    places = {key: place for place, key in enumerate(kept)}
    own = _own(tree, keys)
    return AgentGraph(
        nodes=tuple(_node(tree, key, members[key], own) for key in kept),
        edges=_edges(tree, keys, places),
        left_out=len(members) - len(kept),
    )


def _is_node(node: SpanNode, position: int, owner: int) -> bool:
    is_root_workflow = node.span.kind == "workflow" and node.parent is None
    return node.span.kind == "agent" or is_root_workflow or (node.span.kind in _ACTIONS and owner == position)


def _key(node: SpanNode) -> tuple[str, str]:
    span = node.span
    return span.kind, agent_name(span) if span.kind == "agent" else step_name(span)


def _own(tree: Tree, keys: dict[int, tuple[str, str]]) -> dict[int, list[int]]:
    """Of each node's position the spans that are its own: those below it with no other node between."""
    nearest: list[int | None] = []
    own: defaultdict[int, list[int]] = defaultdict(list)
    for position, node in enumerate(tree.nodes):
        above = None if node.parent is None else nearest[node.parent]
        place = position if position in keys else above
        nearest.append(place)
        if place is not None:
            own[place].append(position)
    return own


def _node(
    tree: Tree,
    key: tuple[str, str],
    members: Sequence[int],
    own: dict[int, list[int]],
) -> GraphNode:
    spans = [tree.nodes[at].span for member in members for at in own[member]]
    costs = [span.cost_usd for span in spans if span.counted and span.cost_usd is not None]
    return GraphNode(
        kind=key[0],
        name=key[1],
        calls=len(members),
        errors=sum(has_failed(tree.nodes[at].span) for at in members),
        model_calls=sum(span.kind == "llm" and span.excluded_reason is None for span in spans),
        cost_usd=sum(costs) if costs else None,
    )


def _edges(tree: Tree, keys: dict[int, tuple[str, str]], places: dict[tuple[str, str], int]) -> tuple[GraphEdge, ...]:
    calls: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    nearest: list[int | None] = []
    for position, node in enumerate(tree.nodes):
        above = None if node.parent is None else nearest[node.parent]
        nearest.append(position if position in keys else above)
        if position in keys and above is not None and keys[position] in places and keys[above] in places:
            calls[places[keys[above]], places[keys[position]]].append(position)
    below = _costs_below(tree)
    return tuple(_edge(tree, ends, positions, below) for ends, positions in calls.items())


def _edge(tree: Tree, ends: tuple[int, int], positions: Sequence[int], below: Sequence[float | None]) -> GraphEdge:
    nodes = [tree.nodes[at] for at in positions]
    costs = [cost for at in positions if (cost := below[at]) is not None]
    failed = [node for node in nodes if has_failed(node.span)]
    return GraphEdge(
        caller=ends[0],
        callee=ends[1],
        calls=len(nodes),
        errors=len(failed),
        time_ns=sum(node.end_ns - node.start_ns for node in nodes),
        cost_usd=sum(costs) if costs else None,
        first_span_id=(failed or nodes)[0].span.span_id,
    )


def _costs_below(tree: Tree) -> list[float | None]:
    costs = [node.span.cost_usd if node.span.counted else None for node in tree.nodes]
    for position in reversed(range(len(tree.nodes))):
        parent, cost = tree.nodes[position].parent, costs[position]
        if parent is not None and cost is not None:
            costs[parent] = (costs[parent] or 0.0) + cost
    return costs
