"""The comparison of two traces as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine

from collector.analysis.comparison import ComparedNode, Side
from collector.analysis.contributions import Contribution
from collector.analysis.spread import Spread
from collector.compare_view import normal_spread, read_comparison
from collector.errors import BadQuery
from collector.store.reads.traces import find_trace_id, get_trace
from collector.store.records import Scope

_ID_DIGITS = 32


def comparison_answer(engine: Engine, scope: Scope, a: str | None, b: str | None) -> dict[str, Any]:
    """`a` and `b` are ids or their beginnings. Raises BadQuery and NotFound."""
    left, right = (
        get_trace(engine, scope, _whole_id(engine, scope, name, text)) for name, text in (("a", a), ("b", b))
    )
    found = read_comparison(engine, scope, left.trace_id, right.trace_id)
    normal = normal_spread(engine, scope, left, right)
    return {
        "a": asdict(left),
        "b": asdict(right),
        "duration_change_ns": found.duration_change_ns,
        "cost_change_usd": found.cost_change_nusd / 1e9,
        "matched": len(found.nodes) - found.added - found.removed,
        "added": found.added,
        "removed": found.removed,
        "content_not_compared": found.unread,
        "first_difference": found.first,
        "time_contributions_ns": [_part(part, 1) for part in found.time],
        "cost_contributions_usd": [_part(part, 1e9) for part in found.cost],
        "normal_spread": {
            "runs": normal.runs,
            "duration_ms": _spread(normal.duration_ms),
            "cost_usd": _spread(normal.cost_usd),
            "total_tokens": _spread(normal.tokens),
        },
        "nodes": [_node(node) for node in found.nodes],
    }


def _whole_id(engine: Engine, scope: Scope, name: str, text: str | None) -> str:
    if not text:
        raise BadQuery(f"{name}: expected the id of a trace, or its first 8 hex digits or more")
    wanted = text.lower()
    return wanted if len(wanted) == _ID_DIGITS else find_trace_id(engine, scope, wanted)


def _node(node: ComparedNode) -> dict[str, Any]:
    status = "matched" if node.is_matched else "added" if node.a is None else "removed"
    cost_nusd = node.change("cost_nusd")
    return {
        "status": status,
        "renamed": node.is_renamed,
        "depth": node.depth,
        "parent": node.parent,
        "a": _side(node.a),
        "b": _side(node.b),
        "duration_change_ns": node.change("duration_ns"),
        "self_change_ns": node.self_ns_change,
        "critical_path_change_ns": node.change("path_ns"),
        "tokens_change": node.change("tokens"),
        "cost_change_usd": None if cost_nusd is None else cost_nusd / 1e9,
        "changes": [asdict(change) for change in node.changes],
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    span = side.span
    return {
        "span_id": span.span_id,
        "name": span.name,
        "kind": span.kind,
        "status": span.status,
        "start_ns": side.start_ns,
        "duration_ns": side.duration_ns,
        "self_ns": side.node.self_ns,
        "critical_path_ns": side.path_ns,
        "total_tokens": side.tokens,
        "cost_usd": None if side.cost_nusd is None else side.cost_nusd / 1e9,
        "unpriced_spans": side.unpriced,
    }


def _part(part: Contribution, unit: float) -> dict[str, Any]:
    whole = unit == 1
    a, b, change = (value if whole else value / unit for value in (part.a, part.b, part.change))
    return {
        "kind": part.kind,
        "name": part.name,
        "a": a,
        "b": b,
        "change": change,
        "a_calls": part.a_calls,
        "b_calls": part.b_calls,
        "nodes": part.pairs,
    }


def _spread(spread: Spread) -> dict[str, float | None]:
    return {"p5": spread.low, "p95": spread.high}
