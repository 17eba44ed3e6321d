"""Two traces node by node: which span of one is which span of the other.

From the roots down, the children of two spans that belong together are matched by their labels (kind and name, without
the model's name, so that another model is a change and not another step) in order:

1. equal labels in order, see `sequences`: steps may have been inserted, removed or repeated;
2. in each gap that is left, spans of one kind that were renamed: at least half of what is directly inside them is
   equal, or each is the only one in the gap;
3. equal labels out of order: calls that run side by side begin in any order.

What is below a span without a counterpart has none either. The one root of a trace is always the one of the other.
Work is n log n in the siblings of one span and linear in the spans, whatever the depth. Turned round, the trees give
the same pairs turned round.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collector.analysis.sequences import Gap, Pairs, gaps_between, match_sequences
from collector.analysis.span_name import Named
from collector.analysis.tree import Tree
from collector.analysis.waiting import step_name

Label = tuple[str, str]
Match = tuple[int | None, int | None]

_SIMILAR = 0.5
"""Share of the larger one's children that a renamed span has in common with its counterpart."""
_MOST_COMPARISONS = 10_000
"""In a gap with more, nothing is looked for that was renamed."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A span of A and the same one of B, by their positions in the trees. None: it was added, or removed."""

    a: int | None
    b: int | None
    parent: int | None
    """Position of the pair that this one is inside."""
    depth: int


def label(span: Named) -> Label:
    name = step_name(span)
    for model in sorted({span.request_model or "", span.response_model or ""}, key=len, reverse=True):
        name = name.replace(model, "") if model else name
    return span.kind, name.strip()


def align(a: Tree, b: Tree) -> tuple[Pair, ...]:
    """Every span of both, depth first; what was removed stands where it was, before what was added there."""
    a_labels, b_labels = _labels(a), _labels(b)
    pairs: list[Pair] = []
    waiting: list[tuple[Match, int | None, int]] = [
        (match, None, 0) for match in reversed(_roots(a, b, a_labels, b_labels))
    ]
    while waiting:
        (left, right), parent, depth = waiting.pop()
        position = len(pairs)
        pairs.append(Pair(left, right, parent, depth))
        inner = _Siblings(
            () if left is None else a.nodes[left].children,
            () if right is None else b.nodes[right].children,
            a,
            b,
            a_labels,
            b_labels,
        ).matches()
        waiting.extend((match, position, depth + 1) for match in reversed(inner))
    return tuple(pairs)


def _labels(tree: Tree) -> list[Label]:
    return [label(node.span) for node in tree.nodes]


def _roots(a: Tree, b: Tree, a_labels: Sequence[Label], b_labels: Sequence[Label]) -> list[Match]:
    left = [position for position, node in enumerate(a.nodes) if node.parent is None]
    right = [position for position, node in enumerate(b.nodes) if node.parent is None]
    if len(left) == len(right) == 1:
        return [(left[0], right[0])]
    return _Siblings(left, right, a, b, a_labels, b_labels).matches()


@dataclass(frozen=True, slots=True)
class _Siblings:
    """The children of two spans that belong together; `left` and `right` are positions in the trees."""

    left: Sequence[int]
    right: Sequence[int]
    a: Tree
    b: Tree
    a_labels: Sequence[Label]
    b_labels: Sequence[Label]

    def matches(self) -> list[Match]:
        if not self.left or not self.right:
            return [*((i, None) for i in self.left), *((None, j) for j in self.right)]
        left_labels = [self.a_labels[position] for position in self.left]
        right_labels = [self.b_labels[position] for position in self.right]
        rising = match_sequences(left_labels, right_labels)
        whole = range(len(self.left)), range(len(self.right))
        renamed = [pair for gap in gaps_between(rising, *whole) for pair in self._renamed(gap)]
        rising = sorted([*rising, *renamed])
        return self._in_order(rising, self._moved(rising, left_labels, right_labels))

    def _renamed(self, gap: Gap) -> Iterator[tuple[int, int]]:
        left, right = gap
        if len(left) == len(right) == 1:
            if self._kind_of(left[0], right[0]):
                yield left[0], right[0]
            return
        if len(left) * len(right) > _MOST_COMPARISONS:
            return
        is_turned = [self.b_labels[self.right[j]] for j in right] < [self.a_labels[self.left[i]] for i in left]
        outer, inner = (right, left) if is_turned else (left, right)
        free = inner.start
        for one in outer:
            for other in range(free, inner.stop):
                i, j = (other, one) if is_turned else (one, other)
                if self._kind_of(i, j) and self._is_similar(i, j):
                    yield i, j
                    free = other + 1
                    break

    def _kind_of(self, i: int, j: int) -> bool:
        """Whether the two are of one kind."""
        return self.a_labels[self.left[i]][0] == self.b_labels[self.right[j]][0]

    def _is_similar(self, i: int, j: int) -> bool:
        inside_a = [self.a_labels[child] for child in self.a.nodes[self.left[i]].children]
        inside_b = [self.b_labels[child] for child in self.b.nodes[self.right[j]].children]
        common = (Counter(inside_a) & Counter(inside_b)).total()
        return common > 0 and common >= _SIMILAR * max(len(inside_a), len(inside_b))

    def _moved(self, rising: Pairs, left_labels: Sequence[Label], right_labels: Sequence[Label]) -> dict[int, int]:
        """Of the rest, equal labels in the order they stand: position on the right -> position on the left."""
        matched_left, matched_right = {i for i, _ in rising}, {j for _, j in rising}
        waiting: defaultdict[Label, list[int]] = defaultdict(list)
        for i in reversed(range(len(left_labels))):
            if i not in matched_left:
                waiting[left_labels[i]].append(i)
        rest = (j for j in range(len(right_labels)) if j not in matched_right)
        return {j: waiting[right_labels[j]].pop() for j in rest if waiting.get(right_labels[j])}

    def _in_order(self, rising: Pairs, moved: dict[int, int]) -> list[Match]:
        ordered: list[Match] = []
        elsewhere = set(moved.values())
        i, j = 0, 0
        for next_i, next_j in (*rising, (len(self.left), len(self.right))):
            ordered += [(self.left[at], None) for at in range(i, next_i) if at not in elsewhere]
            ordered += [(self.left[moved[at]] if at in moved else None, self.right[at]) for at in range(j, next_j)]
            if next_i < len(self.left):
                ordered.append((self.left[next_i], self.right[next_j]))
            i, j = next_i + 1, next_j + 1
        return ordered
