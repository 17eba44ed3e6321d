"""Two sequences of labels -> which positions belong together, in order.

Equal ends are cut off first. In what is left, the k-th occurrence of a label on one side is a candidate for the k-th
on the other, and the longest rising run of candidates is kept (patience). Between two kept pairs the same is done
again with the occurrences counted anew, so an inserted twin shifts nothing for long. Each round costs n log n, and
there are few: a round that finds nothing ends its gap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

Pairs = list[tuple[int, int]]
Gap = tuple[range, range]

MOST_ROUNDS = 64
"""Ends the search in sequences made to be hard; what is left then counts as different."""


def match_sequences(a: Sequence[Any], b: Sequence[Any]) -> Pairs:
    """Positions with equal labels, rising on both sides. Labels can be sorted.

    (b, a) gives the same pairs turned round: one of the two orders is always the one that is searched.
    """
    if list(b) < list(a):
        return [(i, j) for j, i in match_sequences(b, a)]
    found: Pairs = []
    waiting: list[tuple[Gap, int]] = [((range(len(a)), range(len(b))), 0)]
    while waiting:
        gap, rounds = waiting.pop()
        ends, (left, right) = _equal_ends(a, b, gap)
        found += ends
        if not left or not right or rounds == MOST_ROUNDS:
            continue
        anchors = _longest_rising(_candidates(a, b, left, right))
        found += anchors
        if anchors:
            waiting.extend((inner, rounds + 1) for inner in gaps_between(anchors, left, right))
    return sorted(found)


def gaps_between(pairs: Sequence[tuple[int, int]], left: range, right: range) -> Iterator[Gap]:
    """What lies before, between and after rising pairs; a gap that is empty on both sides is left out."""
    i, j = left.start, right.start
    for next_i, next_j in (*pairs, (left.stop, right.stop)):
        if i < next_i or j < next_j:
            yield range(i, next_i), range(j, next_j)
        i, j = next_i + 1, next_j + 1


def _equal_ends(a: Sequence[Any], b: Sequence[Any], gap: Gap) -> tuple[Pairs, Gap]:
    left, right = gap
    ends: Pairs = []
    i, j, i_stop, j_stop = left.start, right.start, left.stop, right.stop
    while i < i_stop and j < j_stop and a[i] == b[j]:
        ends.append((i, j))
        i, j = i + 1, j + 1
    while i < i_stop and j < j_stop and a[i_stop - 1] == b[j_stop - 1]:
        i_stop, j_stop = i_stop - 1, j_stop - 1
        ends.append((i_stop, j_stop))
    return ends, (range(i, i_stop), range(j, j_stop))


def _candidates(a: Sequence[Any], b: Sequence[Any], left: range, right: range) -> Pairs:
    places: defaultdict[Any, list[int]] = defaultdict(list)
    for j in reversed(right):
        places[b[j]].append(j)
    return [(i, places[a[i]].pop()) for i in left if places.get(a[i])]


def _longest_rising(candidates: Pairs) -> Pairs:
    """The longest run of candidates (rising on the left already) that rises on the right too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (_, j) in enumerate(candidates):
        length = bisect_left(ends, j)
        before.append(last[length - 1] if length else -1)
        if length == len(ends):
            ends.append(j)
            last.append(at)
        else:
            ends[length], last[length] = j, at
    run: Pairs = []
    at = last[-1] if last else -1
    while at >= 0:
        run.append(candidates[at])
        at = before[at]
    return run[::-1]
