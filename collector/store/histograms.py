"""Durations counted by size, so that counts of many stretches of time can be added up and still tell percentiles.

A histogram is a number: bucket b's count is its digit b to the base of 2**32. So adding two numbers adds the counts of
all their buckets, and no histogram at all is 0. The buckets grow by 2 % each: what is read off one differs from the
true value by 1 % of it at most.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterable

ERROR = 0.01
"""At most so far from the true value, as a share of it."""
_GROWTH = math.log((1 + ERROR) / (1 - ERROR))
_DIGIT_BITS = 32
_DIGIT_BYTES = 4


def bucket_of(value_ns: int) -> int:
    """Bucket 0 holds 0 alone; bucket b > 0 what is above growth**(b - 2), up to growth**(b - 1)."""
    return 0 if value_ns <= 0 else 1 + math.ceil(math.log(value_ns) / _GROWTH)


def value_of(bucket: int) -> float:
    """What no value of the bucket is further from than ERROR."""
    return 0.0 if bucket == 0 else math.exp((bucket - 1) * _GROWTH) * (1 - ERROR)


def histogram_of(values_ns: Iterable[int]) -> int:
    counts: dict[int, int] = {}
    for value_ns in values_ns:
        bucket = bucket_of(value_ns)
        counts[bucket] = counts.get(bucket, 0) + 1
    return counts_to_number(counts.items())


def counts_to_number(counts: Iterable[tuple[int, int]]) -> int:
    """(digit, count) -> the number that has them."""
    return sum(count << (_DIGIT_BITS * digit) for digit, count in counts)


def digits(number: int) -> tuple[int, ...]:
    """The counts, from digit 0 up to the last that isn't 0."""
    length = -(-number.bit_length() // _DIGIT_BITS)
    return struct.unpack(f"<{length}I", number.to_bytes(length * _DIGIT_BYTES, "little"))


def percentile_ns(number: int, share: float) -> float | None:
    """The value that `share` of the values don't exceed (nearest rank), give or take ERROR. None without values."""
    counts = digits(number)
    rank = max(1, math.ceil(share * sum(counts)))
    for bucket, count in enumerate(counts):
        rank -= count
        if rank <= 0:
            return value_of(bucket)
    return None


def pack(number: int) -> bytes | None:
    """As it is stored; None for 0. Most digits are 0, which takes next to no room."""
    if not number:
        return None
    return zlib.compress(number.to_bytes(-(-number.bit_length() // 8), "little"), 1)


def unpack(stored: bytes | None) -> int:
    return int.from_bytes(zlib.decompress(stored), "little") if stored else 0
