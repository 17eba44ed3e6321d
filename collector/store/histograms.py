"""Durations counted by size, so that counts of many stretches of time can be added up and still tell percentiles.

A histogram is a count of each bucket that has one. The buckets grow by 2 %: what is read off one differs from the true
value by 1 % of it at most.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

ERROR = 0.01
"""At most so far from the true value, as a share of it."""
_GROWTH = math.log((1 + ERROR) / (1 - ERROR))
_STORED = struct.Struct("<HI")

Histogram = dict[int, int]
"""Bucket -> count."""


def bucket_of(value_ns: int) -> int:
    """Bucket 0 holds 0 alone; bucket b > 0 what is above growth**(b - 2), up to growth**(b - 1)."""
    return 0 if value_ns <= 0 else 1 + math.ceil(math.log(value_ns) / _GROWTH)


def value_of(bucket: int) -> float:
    """What no value of the bucket is further from than ERROR."""
    return 0.0 if bucket == 0 else math.exp((bucket - 1) * _GROWTH) * (1 - ERROR)


def histogram_of(values_ns: Iterable[int]) -> Histogram:
    return Counter(map(bucket_of, values_ns))


def add_counts(histogram: Histogram, counts: Iterable[tuple[int, int]]) -> None:
    for bucket, count in counts:
        histogram[bucket] = histogram.get(bucket, 0) + count


def percentiles_ns(histogram: Mapping[int, int], shares: Iterable[float]) -> list[float] | None:
    """For each share the value that so many of the values don't exceed (nearest rank), give or take ERROR. None
    without values."""
    if not histogram:
        return None
    buckets = sorted(histogram)
    up_to = list(accumulate(histogram[bucket] for bucket in buckets))
    ranks = (max(1, math.ceil(share * up_to[-1])) for share in shares)
    return [value_of(buckets[bisect_left(up_to, rank)]) for rank in ranks]


def pack(counts: Mapping[int, int]) -> bytes | None:
    """As it is stored, six bytes a bucket; None without any."""
    return b"".join(_STORED.pack(*count) for count in sorted(counts.items())) or None


def unpack(stored: bytes | None) -> Iterator[tuple[int, int]]:
    return _STORED.iter_unpack(stored or b"")
