"""What a trace waited on, by the calls a reader would name."""

from __future__ import annotations

from dataclasses import dataclass

from collector.analysis.critical_path import CriticalPath
from collector.analysis.span_name import Named, span_name
from collector.analysis.tree import Tree

CONTAINERS = frozenset({"workflow", "agent"})
"""Kinds that hold calls together. Their own time is the program's."""
CALLS = frozenset(
    {"llm", "tool", "retriever", "embedder", "reranker", "guardrail", "evaluator", "transcriber", "speaker"}
)
"""Kinds a program waits for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    name: str
    kind: str
    time_ns: int
    """On the critical path, so that all of them add up to the trace's duration at most."""
    share: float
    """Of the trace's duration, 0 to 1."""
    calls: int


def waiting_on(tree: Tree, path: CriticalPath) -> tuple[Waiting, ...]:
    """Time on the critical path by step (kind and name), longest first; inner calls belong to their step."""
    times: dict[tuple[str, str], int] = {}
    steps: dict[tuple[str, str], set[int]] = {}
    for position, step in enumerate(step_positions(tree)):
        time_ns = path.span_ns.get(tree.nodes[position].span.span_id, 0)
        if time_ns:
            span = tree.nodes[step].span
            key = (span.kind, step_name(span))
            times[key] = times.get(key, 0) + time_ns
            steps.setdefault(key, set()).add(step)
    return tuple(
        Waiting(name, kind, time_ns, time_ns / tree.duration_ns, len(steps[kind, name]))
        for (kind, name), time_ns in sorted(times.items(), key=lambda item: (-item[1], item[0]))
    )


def step_positions(tree: Tree) -> list[int]:
    """For each node the position of its step: the call it is part of, else itself.

    A tool's inner requests belong to the tool. A model call is a step of its own wherever it stands, but a
    wrapper and the call within it are one. A workflow or an agent starts anew.
    """
    steps: list[int] = []
    for position, node in enumerate(tree.nodes):
        above = None if node.parent is None else steps[node.parent]
        steps.append(position if above is None or not belongs(node.span.kind, tree.nodes[above].span.kind) else above)
    return steps


def belongs(kind: str, step_kind: str) -> bool:
    if kind in CONTAINERS or step_kind not in CALLS:
        return False
    if kind == "llm" or step_kind == "llm":
        return kind == step_kind or kind not in CALLS
    return True


def step_name(span: Named) -> str:
    """A tool by its name ("search" for a span called "execute_tool search"), everything else as sent."""
    return span.tool_name if span.kind == "tool" and span.tool_name else span_name(span)
