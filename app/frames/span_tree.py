"""The spans of a trace as rows of an outline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from collector.analysis.failures import has_failed
from collector.analysis.tree import Tree
from collector.store.records import SpanRecord

FIRST_ROWS = 24
"""About as many rows are open at first: each open row costs the browser time."""
MOST_LEVELS = 8
"""Rows nest this deep at most; what lies deeper is shown from a span further down on."""

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Row:
    span: SpanRecord
    children: tuple[int, ...]
    is_failed: bool
    tokens: int | None
    """Of all counted spans here and below; None when none is known."""
    cost_usd: float | None
    """Sum of the known costs of the same spans."""
    unpriced: int
    """How many of them have a cost that nobody knows."""
    is_sum: bool
    """Tokens and cost are of spans below: nobody should add them to those."""

    @classmethod
    def sum_of(cls, rows: Sequence[Row]) -> Row:
        """Several rows, none inside another, as one. It stands for the first span; at least one row."""
        tokens, cost = None, None
        for row in rows:
            tokens, cost = _add(tokens, row.tokens), _add(cost, row.cost_usd)
        return cls(
            span=rows[0].span,
            children=(),
            is_failed=any(row.is_failed for row in rows),
            tokens=tokens,
            cost_usd=cost,
            unpriced=sum(row.unpriced for row in rows),
            is_sum=True,
        )


@dataclass(frozen=True, slots=True)
class Outline:
    rows: tuple[Row, ...]
    """As `Tree.nodes`."""
    tops: tuple[int, ...]
    """Where the drawing starts: the roots, or a span above a selected one that lies deep."""
    above: tuple[int, ...]
    """The spans above the top, outermost first."""
    open: frozenset[int]
    """Rows to show open at first: those above the selected one, and the upper levels."""
    selected: int | None
    lineage: frozenset[int]
    """The selected span and all above it."""


def outline(tree: Tree, span_id: str | None) -> Outline:
    """The rows, and which to draw first so that the selected span is in view."""
    selected = tree.index.get(span_id) if span_id is not None else None
    lineage = () if selected is None else tuple(_ancestors(tree, selected))
    roots = tuple(position for position, node in enumerate(tree.nodes) if node.parent is None)
    is_deep = len(lineage) >= MOST_LEVELS
    tops = (lineage[MOST_LEVELS // 2 - 1],) if is_deep else roots
    above = tuple(reversed(lineage[MOST_LEVELS // 2 :])) if is_deep else ()
    return Outline(
        rows=outline_rows(tree),
        tops=tops,
        above=above,
        open=_open_at_first(tree, tops, lineage),
        selected=selected,
        lineage=frozenset(lineage) if selected is None else frozenset({selected, *lineage}),
    )


def ancestors(tree: Tree, span_id: str) -> tuple[str, ...]:
    """span_ids of all spans above this one, nearest first."""
    position = tree.index.get(span_id)
    return () if position is None else tuple(tree.nodes[at].span.span_id for at in _ancestors(tree, position))


def _ancestors(tree: Tree, position: int) -> Iterator[int]:
    above = tree.nodes[position].parent
    while above is not None:
        yield above
        above = tree.nodes[above].parent


def _open_at_first(tree: Tree, tops: tuple[int, ...], lineage: tuple[int, ...]) -> frozenset[int]:
    """Level by level while there is room."""
    opened = set(lineage)
    visible = len(tops) + sum(len(tree.nodes[position].children) for position in lineage)
    level = list(tops)
    while level:
        for position in level:
            children = len(tree.nodes[position].children)
            if position not in opened and children and visible + children <= FIRST_ROWS:
                opened.add(position)
                visible += children
        level = [child for position in level if position in opened for child in tree.nodes[position].children]
    return frozenset(opened)


def outline_rows(tree: Tree) -> tuple[Row, ...]:
    """A row a span, as `tree.nodes`."""
    counted = [node.span.counted for node in tree.nodes]
    tokens = [_tokens(node.span) if node.span.counted else None for node in tree.nodes]
    costs = [node.span.cost_usd if node.span.counted else None for node in tree.nodes]
    unpriced = [int(node.span.counted and node.span.cost_usd is None) for node in tree.nodes]
    for position in reversed(range(len(tree.nodes))):
        parent = tree.nodes[position].parent
        if parent is not None:
            tokens[parent] = _add(tokens[parent], tokens[position])
            costs[parent] = _add(costs[parent], costs[position])
            unpriced[parent] += unpriced[position]
    return tuple(
        Row(
            span=node.span,
            children=node.children,
            is_failed=has_failed(node.span),
            tokens=tokens[at],
            cost_usd=costs[at],
            unpriced=unpriced[at],
            is_sum=not counted[at],
        )
        for at, node in enumerate(tree.nodes)
    )


def _tokens(span: SpanRecord) -> int | None:
    known = [part for part in (span.input_tokens, span.output_tokens) if part is not None]
    return sum(known) if known else None


def _add(one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other
