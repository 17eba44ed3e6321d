"""What is normal for a workflow: the figures of its last runs, and where one run lies among them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

ENOUGH = 10
"""With fewer runs nothing is called normal."""
_TAIL = 0.05


@dataclass(frozen=True, slots=True)
class Spread:
    values: tuple[float, ...]
    """Ascending."""

    @property
    def low(self) -> float | None:
        """The 5th percentile (nearest rank); None with too few runs."""
        return self._percentile(_TAIL)

    @property
    def high(self) -> float | None:
        """The 95th percentile."""
        return self._percentile(1 - _TAIL)

    def place(self, value: float | None) -> int | None:
        """-1 below what is normal, 0 inside, 1 above; None where that can't be said."""
        low, high = self.low, self.high
        if value is None or low is None or high is None:
            return None
        return (value > high) - (value < low)

    def is_beyond_all(self, value: float) -> bool:
        return bool(self.values) and (value > self.values[-1] or value < self.values[0])

    def _percentile(self, share: float) -> float | None:
        if len(self.values) < ENOUGH:
            return None
        return self.values[max(0, math.ceil(share * len(self.values)) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalSpread:
    """Of the last good runs of the workflow before both traces, without these two."""

    duration_ms: Spread
    cost_usd: Spread
    tokens: Spread
    runs: int


def spread_of(values: Iterable[float | None]) -> Spread:
    return Spread(tuple(sorted(value for value in values if value is not None)))
