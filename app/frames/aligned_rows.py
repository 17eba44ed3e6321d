"""The nodes of a comparison as columns for the tree that shows them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app import format as fmt
from app.frames.compared_steps import is_unchanged, node_name, step_numbers, unchanged_subtrees
from app.theme import KIND_PATHS
from collector.analysis.changes import outcome_of
from collector.analysis.comparison import ComparedNode, Comparison, Side
from collector.analysis.failures import has_failed
from collector.analysis.waiting import CONTAINERS

_LABEL_LENGTH = 120
_TICKS = 8
_ROOM = 1.03
_STEPS = (1, 2, 5)
_SECOND_NS = 1_000_000_000
_SMALL_NS = 5_000_000
"""Changes of time below this are left out of the tree, unless the whole run is that short."""
_SMALL_NUSD = 100_000
_SHORT_RUN = 0.001
_UNITS = (
    (7_200_000_000_000, 3_600_000_000_000, "h"),
    (120_000_000_000, 60_000_000_000, "min"),
    (1_000_000_000, 1_000_000_000, "s"),
    (0, 1_000_000, "ms"),
)
"""From how many nanoseconds on, nanoseconds, name."""
_BAR_PARTS = 100_000
"""Bars are sent in whole parts of the axis."""
_TEXTS = ("kind", "name", "step", "mark", "failed", "note", "time", "tokens", "cost")
_NUMBERS = ("depth", "size", "time_tone", "cost_tone")
_FLAGS = ("quiet", "a_failed", "b_failed")
_NOTES = {"system": "prompt", "messages": "messages", "arguments": "arguments", "tools": "tools", "model": "model"}


@dataclass(frozen=True, slots=True)
class Columns:
    """A value a node."""

    id: list[str] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    step: list[str] = field(default_factory=list)
    mark: list[str] = field(default_factory=list)
    """+ only in B, - only in A."""
    quiet: list[bool] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Why B failed; empty when it didn't."""
    a: list[tuple[float, float] | None] = field(default_factory=list)
    """Start and length as shares of the axis."""
    b: list[tuple[float, float] | None] = field(default_factory=list)
    a_failed: list[bool] = field(default_factory=list)
    b_failed: list[bool] = field(default_factory=list)
    note: list[str] = field(default_factory=list)
    time: list[str] = field(default_factory=list)
    time_tone: list[int] = field(default_factory=list)
    """1 worse, -1 better."""
    tokens: list[str] = field(default_factory=list)
    cost: list[str] = field(default_factory=list)
    cost_tone: list[int] = field(default_factory=list)
    folded: list[int] = field(default_factory=list)
    """Positions of the nodes that are closed at first."""
    differs: list[int] = field(default_factory=list)
    """Positions of the nodes with a difference of their own."""


@dataclass(frozen=True, slots=True)
class AlignedRows:
    columns: Columns
    ticks: list[tuple[float, str]]
    """Shares of the axis, with what stands there."""
    first: int | None
    divider: str
    """Above the first difference."""


def aligned_rows(comparison: Comparison, divider: str) -> AlignedRows:
    """Both runs begin at 0 on one axis, which is as long as the longer one."""
    axis_ns, marks = ticks(comparison)
    columns = Columns()
    steps = step_numbers(comparison)
    for position, node in enumerate(comparison.nodes):
        _add(columns, comparison, node, steps[position], axis_ns)
    columns.folded.extend(_folded(comparison))
    columns.differs.extend(at for at, node in enumerate(comparison.nodes) if _differs(node))
    return AlignedRows(columns, marks, comparison.first, divider)


@lru_cache(maxsize=4)
def tree_payload(comparison: Comparison, pair: str, divider: str) -> bytes:
    """The rows as JSON for the browser. `pair` names the runs: what is folded is remembered as long as it is the same.

    `rev` first, which tells one payload from another. The columns in `texts` count into `table`, bars are in hundred
    thousandths of the axis. The same bytes for the same comparison, so that the browser is sent them once.
    """
    shown = aligned_rows(comparison, divider)
    columns, table = shown.columns, dict[str, int]()
    rows: dict[str, Sequence[Any]] = {"id": columns.id}
    rows |= {name: [table.setdefault(text, len(table)) for text in getattr(columns, name)] for name in _TEXTS}
    rows |= {name: getattr(columns, name) for name in _NUMBERS}
    rows |= {name: list(map(int, getattr(columns, name))) for name in _FLAGS}
    for side, bars in (("a", columns.a), ("b", columns.b)):
        for at, part in enumerate(("start", "length")):
            rows[f"{side}_{part}"] = [bar and round(bar[at] * _BAR_PARTS) for bar in bars]
    content = {
        "pair": pair,
        "first": shown.first,
        "divider": shown.divider,
        "ticks": shown.ticks,
        "icons": dict(KIND_PATHS),
        "folded": columns.folded,
        "differs": columns.differs,
        "texts": _TEXTS,
        "table": list(table),
        "rows": rows,
    }
    body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
    rev = hashlib.blake2b(body, digest_size=12).hexdigest()
    return f'{{"rev":"{rev}",'.encode() + body[1:]


def _add(columns: Columns, comparison: Comparison, node: ComparedNode, step: str, axis_ns: int) -> None:
    span = node.shown.span
    is_quiet = is_unchanged(node, comparison)
    columns.id.append(span.span_id)
    columns.depth.append(node.depth)
    columns.size.append(node.size)
    columns.kind.append(span.kind if span.kind in KIND_PATHS else "other")
    columns.name.append(_label(node_name(node)))
    columns.step.append(step)
    columns.mark.append("+" if node.a is None else "-" if node.b is None else "")
    columns.quiet.append(is_quiet)
    columns.failed.append(_failure(node))
    columns.a.append(_bar(node.a, axis_ns))
    columns.b.append(_bar(node.b, axis_ns))
    columns.a_failed.append(node.a is not None and has_failed(node.a.span))
    columns.b_failed.append(node.b is not None and has_failed(node.b.span))
    columns.note.append(_note(node))
    _add_figures(columns, comparison, node)


def _add_figures(columns: Columns, comparison: Comparison, node: ComparedNode) -> None:
    duration_ns = node.change("duration_ns") or 0
    longest_ns = max(comparison.a.duration_ns, comparison.b.duration_ns)
    shows_time = abs(duration_ns) >= min(_SMALL_NS, _SHORT_RUN * longest_ns) and duration_ns != 0
    columns.time.append(fmt.signed(duration_ns, time_text(abs(duration_ns), longest_ns)) if shows_time else "·")
    columns.time_tone.append(_tone(duration_ns) if shows_time else 0)
    tokens, cost_nusd = node.change("tokens"), node.change("cost_nusd")
    columns.tokens.append(fmt.signed(tokens, fmt.count(abs(tokens))) if tokens else "·")
    cost = fmt.signed(cost_nusd, _money(abs(cost_nusd))) if cost_nusd else "·"
    unpriced = any(side is not None and side.unpriced for side in (node.a, node.b))
    columns.cost.append(f"{'' if cost == '·' else cost + ' '}+ ?" if unpriced else cost)
    columns.cost_tone.append(_tone(cost_nusd or 0))


@lru_cache(maxsize=1_000)
def _label(name: str) -> str:
    return fmt.cut(name, _LABEL_LENGTH)


def _money(nusd: int) -> str:
    """With more digits for so little that four of them would not tell it."""
    return fmt.money(nusd / 1e9, None if nusd >= _SMALL_NUSD else 5 if nusd >= _SMALL_NUSD / 10 else 6)


def time_text(ns: int, longest_ns: int) -> str:
    """In the unit that fits the longest, so that figures below each other compare."""
    fits_seconds = _SECOND_NS <= longest_ns < 100 * _SECOND_NS
    return f"{ns / _SECOND_NS:.2f}{fmt.NBSP}s" if fits_seconds else fmt.duration_ns(ns)


def _tone(change: int) -> int:
    return (change > 0) - (change < 0)


def _failure(node: ComparedNode) -> str:
    if node.b is None or not has_failed(node.b.span) or node.b.span.kind in CONTAINERS:
        return ""
    return fmt.cut(outcome_of(node.b.span), 40)


def _bar(side: Side | None, axis_ns: int) -> tuple[float, float] | None:
    return None if side is None else (round(side.start_ns / axis_ns, 5), round(side.duration_ns / axis_ns, 5))


def _note(node: ComparedNode) -> str:
    """What is different beside time and cost, in a few words."""
    told = list(dict.fromkeys(_NOTES.get(c.what, c.subject or c.what) for c in node.changes if c.what in _NOTES))
    told += [c.subject or "" for c in node.changes if c.what == "parameters"]
    parts = [f"{', '.join(told[:3])} changed"] if told else []
    if not _failure(node):  # which is told beside the name
        parts += [f"{c.a} → {c.b}" for c in node.changes if c.what == "outcome"]
    return fmt.cut(" · ".join(parts), 60) if parts else ""


def _differs(node: ComparedNode) -> bool:
    return not node.is_matched or node.is_renamed or any(change.what != "output" for change in node.changes)


def _folded(comparison: Comparison) -> list[int]:
    """What is unchanged throughout, and the inside of a call in which nothing came or went."""
    nodes, unchanged, has_news = comparison.nodes, unchanged_subtrees(comparison), _with_news(comparison.nodes)
    return [
        at
        for at, node in enumerate(nodes)
        if node.size > 1
        and node.depth
        and (unchanged[at] or (node.shown.span.kind not in CONTAINERS and at not in has_news))
    ]


def _with_news(nodes: Sequence[ComparedNode]) -> set[int]:
    """Matched nodes somewhere inside which a span came, went or was renamed."""
    found: set[int] = set()
    for node in nodes:
        above = node.parent
        if above is None or (node.is_matched and not node.is_renamed) or not nodes[above].is_matched:
            continue
        while above is not None and above not in found:
            found.add(above)
            above = nodes[above].parent
    return found


def ticks(comparison: Comparison) -> tuple[int, list[tuple[float, str]]]:
    """The length of the axis of both runs in nanoseconds, and its marks as shares of it with what stands there."""
    length_ns = max(comparison.a.duration_ns, comparison.b.duration_ns, 1)
    axis_ns = round(length_ns * _ROOM) + 1
    unit_ns, unit = next((unit_ns, name) for least_ns, unit_ns, name in _UNITS if length_ns >= least_ns)
    marks = range(0, length_ns + 1, _step(length_ns / _TICKS))
    return axis_ns, [(round(at / axis_ns, 4), f"{at / unit_ns:g}" if at else f"0 {unit}") for at in marks]


def _step(least_ns: float) -> int:
    """The next round number of nanoseconds: 1, 2 or 5 with zeros."""
    unit = 1
    while unit * _STEPS[-1] < least_ns:
        unit *= 10
    return next(unit * step for step in _STEPS if unit * step >= least_ns)
