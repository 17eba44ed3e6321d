"""What a change of the total is made of. Every list sums to the change exactly: integers are added, nothing is scaled.

Time is that on the critical path of each trace: every moment of a trace belongs to one span or to none, so the parts
of B less the parts of A are the change of the duration, to the nanosecond. Money is that of counted spans, to the
nano-dollar. Parts are gathered by step: the requests inside a tool are the tool's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.analysis.alignment import Label, Pair, label
from collector.analysis.critical_path import CriticalPath
from collector.analysis.tree import Tree
from collector.analysis.waiting import belongs, step_name
from collector.store.records import SpanRecord

NO_SPAN = "no span"
"""The kind of the part that is time in which nothing that is known ran."""

_Key = tuple[Label | None, Label | None]


@dataclass(frozen=True, slots=True)
class Contribution:
    kind: str
    name: str
    a: int
    """Nanoseconds or nano-dollars."""
    b: int
    a_calls: int
    b_calls: int
    pairs: tuple[int, ...]
    """Positions of the step's pairs, in order."""

    @property
    def change(self) -> int:
        return self.b - self.a


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one step: pairs of the same label."""

    kind: str
    name: str
    steps: tuple[int, ...]
    members: tuple[int, ...]
    """The steps and what is inside them."""


def step_groups(a: Tree, b: Tree, pairs: Sequence[Pair]) -> tuple[Group, ...]:
    """Every pair is a member of exactly one group; in the order in which the steps come."""
    spans = [_spans(a, b, pair) for pair in pairs]
    steps: list[int] = []
    groups: dict[_Key, tuple[list[int], list[int]]] = {}
    for position, pair in enumerate(pairs):
        step = None if pair.parent is None else steps[pair.parent]
        inside = step is not None and belongs(_kind(spans[position]), _kind(spans[step]))
        steps.append(step if inside and step is not None else position)
        of_step, members = groups.setdefault(_key(spans[steps[-1]]), ([], []))
        members.append(position)
        if steps[-1] == position:
            of_step.append(position)
    return tuple(
        Group(_kind(spans[of_step[0]]), _name(spans[of_step[0]]), tuple(of_step), tuple(members))
        for of_step, members in groups.values()
    )


def time_contributions(
    a: Tree, b: Tree, pairs: Sequence[Pair], groups: Sequence[Group], a_path: CriticalPath, b_path: CriticalPath
) -> tuple[Contribution, ...]:
    """In nanoseconds, the largest change first; they add up to the change of the trees' durations."""
    left = [_on_path(a, pair.a, a_path) for pair in pairs]
    right = [_on_path(b, pair.b, b_path) for pair in pairs]
    found = [_contribution(group, pairs, left, right) for group in groups]
    if a_path.idle_ns or b_path.idle_ns:
        found.append(Contribution(NO_SPAN, "time that no span covers", a_path.idle_ns, b_path.idle_ns, 0, 0, ()))
    return _by_change(found)


def cost_contributions(a: Tree, b: Tree, pairs: Sequence[Pair], groups: Sequence[Group]) -> tuple[Contribution, ...]:
    """In nano-dollars, the largest change first; they add up to the change of the known costs."""
    left = [0 if pair.a is None else cost_nusd(a.nodes[pair.a].span) or 0 for pair in pairs]
    right = [0 if pair.b is None else cost_nusd(b.nodes[pair.b].span) or 0 for pair in pairs]
    return _by_change(_contribution(group, pairs, left, right) for group in groups)


def cost_nusd(span: SpanRecord) -> int | None:
    """What the span adds to its trace's cost; None for a span that isn't counted or has no known price."""
    return round(span.cost_usd * 1e9) if span.counted and span.cost_usd is not None else None


def _contribution(group: Group, pairs: Sequence[Pair], left: Sequence[int], right: Sequence[int]) -> Contribution:
    return Contribution(
        group.kind,
        group.name,
        sum(left[member] for member in group.members),
        sum(right[member] for member in group.members),
        sum(pairs[step].a is not None for step in group.steps),
        sum(pairs[step].b is not None for step in group.steps),
        group.steps,
    )


def _by_change(contributions: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """Without those that are nothing on either side."""
    known = [part for part in contributions if part.a or part.b]
    return tuple(sorted(known, key=lambda part: -abs(part.change)))


def _on_path(tree: Tree, position: int | None, path: CriticalPath) -> int:
    return 0 if position is None else path.span_ns.get(tree.nodes[position].span.span_id, 0)


_Spans = tuple[SpanRecord | None, SpanRecord | None]


def _spans(a: Tree, b: Tree, pair: Pair) -> _Spans:
    return (
        None if pair.a is None else a.nodes[pair.a].span,
        None if pair.b is None else b.nodes[pair.b].span,
    )


def _kind(spans: _Spans) -> str:
    """Of the roots of two traces, which belong together whatever they are, one and the same for both orders."""
    return min(span.kind for span in spans if span is not None)


def _key(spans: _Spans) -> _Key:
    """The same for an added, a removed and a matched step of one label; a renamed step is one of its own."""
    left, right = (None if span is None else label(span) for span in spans)
    return (left or right, right or left)


def _name(spans: _Spans) -> str:
    left, right = spans
    if left is not None and right is not None and label(left)[1] != label(right)[1]:
        return f"{step_name(left)} → {step_name(right)}"
    span = right or left
    assert span is not None
    return step_name(span)
