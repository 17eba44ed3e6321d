"""The nodes of a comparison as the rows of a table."""

from __future__ import annotations

import pandas as pd

from app import format as fmt
from app.frames.compared_steps import node_name, step_numbers
from app.frames.verdict import change_text
from collector.analysis.comparison import ComparedNode, Comparison
from collector.analysis.waiting import CONTAINERS

MOST_ROWS = 200


def compared_nodes(comparison: Comparison) -> tuple[pd.DataFrame, int]:
    """The nodes that differ, those with the largest share of the change first, at most MOST_ROWS; how many there are.

    Columns: step, name, kind, state, time_s, own_s, path_s (changes in seconds), a_s, b_s, tokens, cost_usd, changes.
    Unknown is missing, never 0; a side that isn't there has no a_s or b_s.
    """
    steps = step_numbers(comparison)
    told = [at for at, node in enumerate(comparison.nodes) if _is_told(node)]
    time_ns, cost_nusd = (sum(abs(part.change) for part in parts) or 1 for parts in (comparison.time, comparison.cost))
    told.sort(key=lambda at: -_impact(comparison.nodes[at], time_ns, cost_nusd))
    rows = [_row(comparison.nodes[at], steps[at], _name(comparison, at, bool(steps[at]))) for at in told[:MOST_ROWS]]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.astype({name: kind for name, kind in _COLUMNS.items() if kind}), len(told)


_COLUMNS = {
    "step": "",
    "name": "",
    "kind": "",
    "state": "",
    "time_s": "Float64",
    "own_s": "Float64",
    "path_s": "Float64",
    "a_s": "Float64",
    "b_s": "Float64",
    "tokens": "Int64",
    "cost_usd": "Float64",
    "changes": "",
}


def _is_told(node: ComparedNode) -> bool:
    figures = (node.change(figure) for figure in ("duration_ns", "path_ns", "tokens", "cost_nusd"))
    return not node.is_matched or bool(node.changes) or node.is_renamed or any(figures)


def _impact(node: ComparedNode, time_ns: int, cost_nusd: int) -> float:
    """The larger of its shares of all that changed in time and in cost, its own part only."""
    own_cost = [0 if side is None or node.size > 1 else side.cost_nusd or 0 for side in (node.a, node.b)]
    return max(abs(node.change("path_ns") or 0) / time_ns, abs(own_cost[1] - own_cost[0]) / cost_nusd)


def _name(comparison: Comparison, position: int, is_step: bool) -> str:
    """What is inside a call stands behind the call's name."""
    node = comparison.nodes[position]
    name = fmt.cut(node_name(node), 120)
    if is_step or node.parent is None or node.shown.span.kind in CONTAINERS:
        return name
    return f"{fmt.cut(node_name(comparison.nodes[node.parent]), 60)} › {name}"


def _row(node: ComparedNode, step: str, name: str) -> tuple[object, ...]:
    cost_nusd = node.change("cost_nusd")
    return (
        step,
        name,
        node.shown.span.kind,
        "added" if node.a is None else "removed" if node.b is None else "renamed" if node.is_renamed else "matched",
        _seconds(node.change("duration_ns")),
        _seconds(node.self_ns_change),
        _seconds(node.change("path_ns")),
        None if node.a is None else _seconds(node.a.duration_ns),
        None if node.b is None else _seconds(node.b.duration_ns),
        node.change("tokens"),
        None if cost_nusd is None else cost_nusd / 1e9,
        "; ".join(change_text(change) for change in node.changes),
    )


def _seconds(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e9
