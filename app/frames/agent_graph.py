"""The graph of agents and tools in DOT, Graphviz' language, and as rows."""

from __future__ import annotations

from dataclasses import replace

from app import format as fmt
from app.frames.listing import HERE, Cell, Column, Row, To, counted, link_row, number, paid, told, took, words
from app.theme import Palette
from collector.analysis.agent_graph import AgentGraph, GraphEdge, GraphNode

_NAME = 32
_WIDEST_PT = 4.0


def dot(graph: AgentGraph, palette: Palette) -> str:
    """Labels are quoted strings of plain characters, so nothing in a name is read as DOT or as HTML."""
    most = max((edge.calls for edge in graph.edges), default=1)
    lines = [
        "digraph calls {",
        "graph [rankdir=LR, bgcolor=transparent, nodesep=0.22, ranksep=0.6, pad=0.1];",
        f'node [shape=box, style="rounded,filled", penwidth=1.2, fontname="Inter", fontsize=11, margin="0.14,0.07", '
        f'fillcolor="{palette.background}", fontcolor="{palette.text}"];',
        f'edge [fontname="Inter", fontsize=10, color="{palette.axis}", fontcolor="{palette.muted}", arrowsize=0.7];',
        *(_node(place, node, palette) for place, node in enumerate(graph.nodes)),
        *(_edge(edge, graph, most, palette) for edge in graph.edges),
        "}",
    ]
    return "\n".join(lines)


EDGE_COLUMNS = (
    words("caller", "From", "The agent, the tool or the workflow that called.", 158),
    replace(
        words("callee", "To", "Whom it called. A row shows the first call, or the first that failed.", 158), opens=True
    ),
    Column(id="kind", label="Kind", help="Of what was called.", width=84, sort=HERE, first="up"),
    number("calls", "Calls", "How often.", 60),
    number("errors", "Errors", "How many of them failed.", 66),
    number("duration", "Duration", "Of all these calls together; calls side by side count each.", 84),
    number("cost", "Cost", "Of all that happened below these calls.", 78),
)


def edge_rows(graph: AgentGraph, to: To) -> list[Row]:
    """A row an edge, the most called first. `to` is asked for the span_id of a call."""
    edges = sorted(graph.edges, key=lambda edge: (-edge.calls, edge.caller, edge.callee))
    return [_edge_row(edge, graph, to) for edge in edges]


def _edge_row(edge: GraphEdge, graph: AgentGraph, to: To) -> Row:
    caller, callee = graph.nodes[edge.caller], graph.nodes[edge.callee]
    cells = {
        "caller": told(caller.name),
        "callee": told(callee.name),
        "kind": told(callee.kind),
        "calls": counted(edge.calls),
        "errors": Cell(fmt.count(edge.errors) if edge.errors else "", "failed", edge.errors),
        "duration": took(edge.time_ns / 1e6),
        "cost": Cell() if edge.cost_usd is None else paid(edge.cost_usd),
    }
    return link_row(edge.first_span_id, to, f"{fmt.cut(caller.name, 60)} to {fmt.cut(callee.name, 60)}", cells)


def summary(graph: AgentGraph) -> str:
    """The picture in words."""
    agents = sum(node.kind == "agent" for node in graph.nodes)
    calls, errors = sum(edge.calls for edge in graph.edges), sum(edge.errors for edge in graph.edges)
    failed = f", {fmt.plural(errors, 'error')}" if errors else ""
    others = len(graph.nodes) - agents
    return f"{fmt.plural(agents, 'agent')} and {fmt.plural(others, 'other')}, {fmt.plural(calls, 'call')}{failed}"


def _node(place: int, node: GraphNode, palette: Palette) -> str:
    facts = [node.kind]
    if node.model_calls:
        facts.append(fmt.plural(node.model_calls, "model call"))
    if node.cost_usd is not None:
        facts.append(fmt.money(node.cost_usd))
    if node.errors:
        facts.append(f"✕ {fmt.plural(node.errors, 'error')}")
    colour = palette.failed_text if node.errors else palette.kind(node.kind)
    label = f"{fmt.cut(node.name, _NAME)}\n{' · '.join(facts)}"
    return f"{_id(place, node)} [label={_quoted(label)}, color={_quoted(colour)}];"


def _id(place: int, node: GraphNode) -> str:
    """What a browser shows when the pointer rests on it."""
    return _quoted(f"{place + 1}. {fmt.cut(node.name, 200)} ({node.kind})")


def _edge(edge: GraphEdge, graph: AgentGraph, most: int, palette: Palette) -> str:
    facts = [f"×{edge.calls}" if edge.calls > 1 else "", fmt.duration_ns(edge.time_ns)]
    if edge.cost_usd is not None:
        facts.append(fmt.money(edge.cost_usd))
    if edge.errors:
        facts.append(f"✕ {edge.errors}")
    label = "\n".join((" ".join(filter(None, facts[:2])), " ".join(facts[2:]))).strip()
    width = 1 + (_WIDEST_PT - 1) * edge.calls / most
    colour = f', color="{palette.failed_text}", fontcolor="{palette.failed_text}"' if edge.errors else ""
    ends = f"{_id(edge.caller, graph.nodes[edge.caller])} -> {_id(edge.callee, graph.nodes[edge.callee])}"
    return f"{ends} [label={_quoted(label)}, penwidth={width:.1f}{colour}];"


def _quoted(text: str) -> str:
    """A DOT string. A backslash or an ampersand would be an escape or an entity, so each is doubled or spelt out."""
    plain = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain.replace("<", "&lt;").replace(">", "&gt;")}"'
