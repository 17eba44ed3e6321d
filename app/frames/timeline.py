"""The spans of a trace as bars in lanes."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from app import format as fmt
from collector.analysis.critical_path import CriticalPath, path_extents
from collector.analysis.failures import has_failed
from collector.analysis.span_name import span_name
from collector.analysis.tree import SpanNode, Tree

FIRST_BARS = 300
"""Drawn at first: more can't be told apart and take seconds."""
MOST_BARS = 5_000
"""Drawn when all are asked for."""
MOST_ROWS = 1_200
"""The same where each span has a row of its own: browsers draw no picture higher than 32,767 pixels."""
_LABEL_LENGTH = 80
_UNITS = ((3_600_000_000_000, "h", 2 * 3_600), (60_000_000_000, "min", 120), (1_000_000_000, "s", 1))
"""Nanoseconds, name, and from how many seconds on."""

_BAR_COLUMNS = (
    "span_id",
    "name",
    "kind",
    "status",
    "is_failed",
    "start",
    "end",
    "lane",
    "label",
    "label_long",
)
_TIP_COLUMNS = ("duration", "at", "self_time", "tokens", "cost")
_PLACE_COLUMNS = ("span_id", "start", "end", "lane")


@dataclass(frozen=True, slots=True)
class Timeline:
    bars: pd.DataFrame
    """A row a span: span_id, name, kind, status, is_failed, start and end (in `unit` from the trace's start), lane
    (from 0), label, label_long, and as text duration, at, self_time, tokens, cost."""
    path: pd.DataFrame
    """A row a stretch of the critical path under a drawn bar: span_id, start, end, lane."""
    unit: str
    """ms, s, min or h."""
    length: float
    """Of the trace, in `unit`; never 0."""
    lanes: int
    span_count: int
    path_count: int
    """How many of the trace's spans are on the critical path, or hold one that is."""

    @property
    def hidden(self) -> int:
        return self.span_count - len(self.bars)

    def selected(self, span_id: str | None) -> pd.DataFrame:
        """The bar to outline: span_id, start, end, lane; no row while it is not drawn."""
        return self.bars.loc[self.bars["span_id"] == span_id, list(_PLACE_COLUMNS)]


def timeline(
    tree: Tree,
    path: CriticalPath,
    span_id: str | None = None,
    *,
    limit: int = FIRST_BARS,
    row_a_span: bool = False,
) -> Timeline:
    """At most `limit` bars, that of the selected `span_id` among them, in lanes by depth or each on its own row."""
    positions = sorted(_most_telling(tree, path, span_id, limit))
    lanes = dict(zip(positions, range(len(positions)), strict=True)) if row_a_span else _lanes(tree, positions)
    unit, unit_ns = _unit(tree.duration_ns)
    extents = path_extents(tree, path)
    lines = [
        (tree.nodes[position].span.span_id, *_place(extent, tree.start_ns, unit_ns), lane)
        for position, lane in lanes.items()
        if (extent := extents[position]) is not None
    ]
    return Timeline(
        bars=pd.DataFrame(
            [_bar(tree, position, lane, unit_ns) for position, lane in lanes.items()],
            columns=[*_BAR_COLUMNS, *_TIP_COLUMNS],
        ),
        path=pd.DataFrame(lines, columns=list(_PLACE_COLUMNS)),
        unit=unit,
        length=max(tree.duration_ns, 1) / unit_ns,
        lanes=max(lanes.values(), default=0) + 1,
        span_count=len(tree.nodes),
        path_count=sum(1 for extent in extents if extent is not None),
    )


def _most_telling(tree: Tree, path: CriticalPath, span_id: str | None, limit: int) -> list[int]:
    """The selected span, failures (half of the room at most), then by depth: the critical path, the longest."""
    everything = range(len(tree.nodes))
    if len(everything) <= limit:
        return list(everything)

    def rank(position: int) -> tuple[int, bool, int]:
        node = tree.nodes[position]
        return (node.depth, node.span.span_id not in path.span_ns, node.start_ns - node.end_ns)

    ranked = sorted(everything, key=rank)
    failed = [position for position in ranked if has_failed(tree.nodes[position].span)][: limit // 2]
    selected = [position for position in ranked if tree.nodes[position].span.span_id == span_id]
    return list(dict.fromkeys([*selected, *failed, *ranked]))[:limit]


def _lanes(tree: Tree, positions: Sequence[int]) -> dict[int, int]:
    """A lane for each span: depth by depth, with sub-lanes where spans of one depth overlap."""
    by_depth: dict[int, list[int]] = {}
    for position in positions:
        by_depth.setdefault(tree.nodes[position].depth, []).append(position)
    lanes: dict[int, int] = {}
    first_lane = 0
    for depth in sorted(by_depth):
        nodes = [(position, tree.nodes[position]) for position in by_depth[depth]]
        sub_lanes = _pack(sorted(nodes, key=lambda item: (item[1].start_ns, item[0])))
        lanes |= {position: first_lane + sub_lane for position, sub_lane in sub_lanes.items()}
        first_lane += max(sub_lanes.values()) + 1
    return lanes


def _pack(nodes: Iterable[tuple[int, SpanNode]]) -> dict[int, int]:
    """The lowest free lane for each span, by start."""
    lanes: dict[int, int] = {}
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    opened = 0
    for position, node in nodes:
        while busy and busy[0][0] <= node.start_ns:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if not free:
            heapq.heappush(free, opened)
            opened += 1
        lanes[position] = heapq.heappop(free)
        heapq.heappush(busy, (node.end_ns, lanes[position]))
    return lanes


def _bar(tree: Tree, position: int, lane: int, unit_ns: int) -> tuple[object, ...]:
    node = tree.nodes[position]
    span = node.span
    name = fmt.cut(span_name(span), _LABEL_LENGTH) or "(no name)"
    label = f"✕ {name}" if has_failed(span) else name
    duration = fmt.duration(span.duration_ms) if span.end_ns is not None else "no end yet"
    tokens = _tokens(span.input_tokens, span.output_tokens)
    return (
        span.span_id,
        name,
        span.kind,
        "failed" if has_failed(span) else "ok",
        has_failed(span),
        *_place((node.start_ns, node.end_ns), tree.start_ns, unit_ns),
        lane,
        label,
        f"{label} · {duration}",
        duration,
        fmt.duration_ns(node.start_ns - tree.start_ns),
        fmt.duration_ns(node.self_ns),
        tokens,
        fmt.money(span.cost_usd) if span.cost_usd is not None or tokens != "none" else "none",
    )


def _place(times: tuple[int, int], trace_start_ns: int, unit_ns: int) -> tuple[float, float]:
    return (times[0] - trace_start_ns) / unit_ns, (times[1] - trace_start_ns) / unit_ns


def _tokens(input_tokens: int | None, output_tokens: int | None) -> str:
    if input_tokens is None and output_tokens is None:
        return "none"
    return f"{fmt.count(input_tokens)} in, {fmt.count(output_tokens)} out"


def _unit(duration_ns: int) -> tuple[str, int]:
    for unit_ns, name, from_s in _UNITS:
        if duration_ns >= from_s * 1_000_000_000:
            return name, unit_ns
    return "ms", 1_000_000
