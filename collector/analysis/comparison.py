"""Two traces compared: their nodes side by side, what the changes add up from, and where the two part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.analysis.alignment import Pair, align, label
from collector.analysis.changes import CAUSES, EFFECTS, Change, record_changes
from collector.analysis.contributions import (
    Contribution,
    cost_contributions,
    cost_nusd,
    step_groups,
    time_contributions,
)
from collector.analysis.critical_path import CriticalPath, critical_path
from collector.analysis.tree import SpanNode, Tree, build_tree
from collector.store.records import SpanRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A span in its trace. Tokens and cost are those of all counted spans in it; None where nothing is known."""

    node: SpanNode
    start_ns: int
    """From the start of its trace."""
    path_ns: int
    """Its own time on the critical path."""
    tokens: int | None
    cost_nusd: int | None
    unpriced: int
    """Counted spans in it without a known cost."""

    @property
    def span(self) -> SpanRecord:
        return self.node.span

    @property
    def duration_ns(self) -> int:
        return self.node.end_ns - self.node.start_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedNode:
    a: Side | None
    """None: B added it."""
    b: Side | None
    """None: B has it no more."""
    parent: int | None
    depth: int
    size: int
    """How many nodes it holds, with itself; they follow it."""
    changes: tuple[Change, ...]
    is_renamed: bool

    @property
    def shown(self) -> Side:
        side = self.b or self.a
        assert side is not None
        return side

    @property
    def is_matched(self) -> bool:
        return self.a is not None and self.b is not None

    def change(self, figure: str) -> int | None:
        """Of duration_ns, path_ns, tokens or cost_nusd: B less A. None where no side that is there knows it."""
        left: int | None = None if self.a is None else getattr(self.a, figure)
        right: int | None = None if self.b is None else getattr(self.b, figure)
        return None if left is None and right is None else (right or 0) - (left or 0)

    @property
    def self_ns_change(self) -> int:
        left, right = (0 if side is None else side.node.self_ns for side in (self.a, self.b))
        return right - left


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Equal to nothing but itself, so that what is made of it can be kept by it."""

    a: Tree
    b: Tree
    nodes: tuple[ComparedNode, ...]
    """Depth first. What was removed stands where it was."""
    time: tuple[Contribution, ...]
    """In nanoseconds; adds up to `duration_change_ns`."""
    cost: tuple[Contribution, ...]
    """In nano-dollars; adds up to `cost_change_nusd`."""
    first: int | None
    """Position of the first node in which the two part; None when they never do."""
    unread: int
    """Matched nodes whose content was not compared, because there are too many or it is too large."""

    @property
    def duration_change_ns(self) -> int:
        return self.b.duration_ns - self.a.duration_ns

    @property
    def cost_change_nusd(self) -> int:
        """Of the known costs."""
        return sum(part.change for part in self.cost)

    @property
    def added(self) -> int:
        return sum(node.a is None for node in self.nodes)

    @property
    def removed(self) -> int:
        return sum(node.b is None for node in self.nodes)

    def find(self, span_id: str | None) -> int | None:
        """Position of the node that the span is a side of."""
        sides = ((at, side) for at, node in enumerate(self.nodes) for side in (node.b, node.a))
        return next((at for at, side in sides if side is not None and side.span.span_id == span_id), None)


Told = Mapping[tuple[str, str], Sequence[Change]]
"""What differs in what two spans said, by their span_ids in A and B; a pair whose content was not read is not in it."""


@dataclass(frozen=True, slots=True)
class Alignment:
    a: Tree
    b: Tree
    pairs: tuple[Pair, ...]

    def matched(self) -> tuple[tuple[SpanRecord, SpanRecord], ...]:
        """The spans that belong together, in the order of the tree."""
        return tuple(
            (self.a.nodes[pair.a].span, self.b.nodes[pair.b].span)
            for pair in self.pairs
            if pair.a is not None and pair.b is not None
        )


def align_spans(a_spans: Sequence[SpanRecord], b_spans: Sequence[SpanRecord]) -> Alignment:
    """From all spans of both traces."""
    a, b = build_tree(a_spans), build_tree(b_spans)
    return Alignment(a, b, align(a, b))


def compare(aligned: Alignment, told: Told | None = None) -> Comparison:
    """Without `told` only what the records tell is compared."""
    a, b, pairs, told = aligned.a, aligned.b, aligned.pairs, told or {}
    a_path, b_path = critical_path(a), critical_path(b)
    a_sides, b_sides = _sides(a, a_path), _sides(b, b_path)
    nodes = tuple(
        _node(
            pair, size, None if pair.a is None else a_sides[pair.a], None if pair.b is None else b_sides[pair.b], told
        )
        for pair, size in zip(pairs, _sizes(pairs), strict=True)
    )
    groups = step_groups(a, b, pairs)
    return Comparison(
        a=a,
        b=b,
        nodes=nodes,
        time=time_contributions(a, b, pairs, groups, a_path, b_path),
        cost=cost_contributions(a, b, pairs, groups),
        first=_first(nodes),
        unread=sum((left.span_id, right.span_id) not in told for left, right in aligned.matched()),
    )


def _node(pair: Pair, size: int, a: Side | None, b: Side | None, told: Told) -> ComparedNode:
    changes: tuple[Change, ...] = ()
    is_renamed = False
    if a is not None and b is not None:
        changes = (*record_changes(a.span, b.span), *told.get((a.span.span_id, b.span.span_id), ()))
        is_renamed = label(a.span) != label(b.span)
    return ComparedNode(
        a=a, b=b, parent=pair.parent, depth=pair.depth, size=size, changes=changes, is_renamed=is_renamed
    )


def _sides(tree: Tree, path: CriticalPath) -> list[Side]:
    tokens: list[int | None] = [_tokens(node.span) for node in tree.nodes]
    costs: list[int | None] = [cost_nusd(node.span) for node in tree.nodes]
    unpriced = [int(node.span.counted and node.span.cost_usd is None) for node in tree.nodes]
    for position in reversed(range(len(tree.nodes))):
        parent = tree.nodes[position].parent
        if parent is not None:
            tokens[parent] = _plus(tokens[parent], tokens[position])
            costs[parent] = _plus(costs[parent], costs[position])
            unpriced[parent] += unpriced[position]
    return [
        Side(
            node=node,
            start_ns=node.start_ns - tree.start_ns,
            path_ns=path.span_ns.get(node.span.span_id, 0),
            tokens=tokens[position],
            cost_nusd=costs[position],
            unpriced=unpriced[position],
        )
        for position, node in enumerate(tree.nodes)
    ]


def _tokens(span: SpanRecord) -> int | None:
    if not span.counted or (span.input_tokens is None and span.output_tokens is None):
        return None
    return (span.input_tokens or 0) + (span.output_tokens or 0)


def _plus(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else one + other


def _sizes(pairs: Sequence[Pair]) -> list[int]:
    sizes = [1] * len(pairs)
    for position in reversed(range(len(pairs))):
        parent = pairs[position].parent
        if parent is not None:
            sizes[parent] += sizes[position]
    return sizes


def _first(nodes: Sequence[ComparedNode]) -> int | None:
    """The earliest in the runs' own time: what goes in differs from the start on, how it ended only at the end.

    A step that only one of the two has counts from its start. At one moment an outer span's request comes before that
    of an inner one, and an inner span's failure before that of an outer one.
    """
    moments = [(*moment, at) for at, node in enumerate(nodes) if (moment := _parts_at(node)) is not None]
    return min(moments)[2] if moments else None


def _parts_at(node: ComparedNode) -> tuple[int, int] | None:
    """Nanoseconds from the start of the trace, and a rank; None when nothing of the kind differs."""
    if node.a is None or node.b is None:
        return node.shown.start_ns, node.depth
    what = {change.what for change in node.changes}
    if node.is_renamed or what & CAUSES:
        return min(node.a.start_ns, node.b.start_ns), node.depth
    if what & EFFECTS:
        return min(side.start_ns + side.duration_ns for side in (node.a, node.b)), -node.depth
    return None
