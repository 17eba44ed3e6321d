"""From the total of A to the total of B in a few steps that add up, for a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from app import format as fmt
from collector.analysis.contributions import Contribution

MOST_PARTS = 8
_LABEL_LENGTH = 34
_TICKS = 4
_DIGITS = {"s": 2, "ms": 1, "$": 4}


@dataclass(frozen=True, slots=True)
class Bridge:
    steps: pd.DataFrame
    """A row a step: name, what (total_a, total_b, worse, better, same), start, end, label, tip, part.

    part: the position of its contribution, None for totals and for what stands together.
    """
    axis: tuple[float, float]
    is_broken: bool
    """Whether the axis begins above 0."""
    unit: str
    """s, ms or $."""


def time_bridge(parts: Sequence[Contribution]) -> Bridge:
    total_ns = max(sum(part.a for part in parts), sum(part.b for part in parts))
    unit_ns, unit = (1e9, "s") if total_ns >= 1e9 else (1e6, "ms")
    return _bridge(parts, unit_ns, unit)


def cost_bridge(parts: Sequence[Contribution]) -> Bridge:
    return _bridge(parts, 1e9, "$")


def _bridge(parts: Sequence[Contribution], unit: float, name: str) -> Bridge:
    digits = _DIGITS[name]

    def text(value: float) -> str:
        return fmt.money(value / 1e9, digits) if name == "$" else f"{value / unit:,.{digits}f}{fmt.NBSP}{name}"

    a_total, b_total = sum(part.a for part in parts), sum(part.b for part in parts)
    shown, rest = _shown(parts)
    changes = [*(part.change for part in shown), sum(part.change for part in rest)]
    printed = _printed(changes, a_total, b_total, unit / 10**digits)
    rows: list[tuple[str, str, int, int, str, str]] = [("A total", "total_a", 0, a_total, text(a_total), "")]
    reached = a_total
    for part, label_value in zip(shown, printed, strict=False):
        change = part.change
        what = "worse" if change > 0 else "better"
        sides = ((part.a, part.a_calls), (part.b, part.b_calls))
        tip = " → ".join(f"{text(value)} in {fmt.plural(calls, 'call')}" for value, calls in sides)
        rows.append((_name(part), what, reached, reached + change, fmt.signed(change, text(abs(label_value))), tip))
        reached += change
    if rest:
        change = sum(part.change for part in rest)
        label = fmt.signed(change, text(abs(printed[-1]))) if printed[-1] else text(0)
        tip = f"{fmt.plural(len(rest), 'step')} together"
        rows.append(("all other", "same", reached, reached + change, label, tip))
    rows.append(("B total", "total_b", 0, b_total, text(b_total), ""))
    low, high = _axis(rows)
    frame = pd.DataFrame(rows, columns=["name", "what", "start", "end", "label", "tip"])
    frame["name"] = _unique(list(frame["name"]))
    known = [parts.index(part) for part in shown]
    frame["part"] = pd.array([None, *known, *[None] * (len(frame) - len(known) - 1)], dtype="Int64")
    frame[["start", "end"]] = frame[["start", "end"]] / unit
    frame["start"] = frame["start"].where(~frame["what"].str.startswith("total"), low / unit)
    return Bridge(frame, (low / unit, high / unit), low > 0, name)


def _printed(changes: Sequence[int], a_total: int, b_total: int, step: float) -> list[float]:
    """The changes in whole steps of what is printed, so that they add up to the totals as printed."""
    wanted = round(b_total / step) - round(a_total / step)
    floors = [math.floor(change / step) for change in changes]
    by_remainder = sorted(range(len(changes)), key=lambda at: floors[at] - changes[at] / step)
    for at in by_remainder[: max(0, wanted - sum(floors))]:
        floors[at] += 1
    return [floor * step for floor in floors]


def _shown(parts: Sequence[Contribution]) -> tuple[list[Contribution], list[Contribution]]:
    """The largest changes; the rest stands together, unless that is one step or nothing."""
    total = sum(abs(part.change) for part in parts)
    large = [part for part in parts if abs(part.change) > 0.01 * total][:MOST_PARTS]
    rest = [part for part in parts if part not in large and part.change]
    return (large + rest, []) if len(rest) == 1 else (large, rest)


def _name(part: Contribution) -> str:
    name = fmt.cut(part.name, _LABEL_LENGTH)
    if part.a_calls == part.b_calls:
        return name
    if not part.a_calls:
        return f"{name}, {fmt.count(part.b_calls)} new"
    if not part.b_calls:
        return f"{name}, removed"
    return f"{name}, {fmt.count(part.a_calls)} → {fmt.count(part.b_calls)} calls"


def _axis(rows: Sequence[tuple[str, str, int, int, str, str]]) -> tuple[float, float]:
    """From 0, or from below the lowest step where the steps would be too small to see; with room for labels."""
    low = min(min(start, end) if what not in ("total_a", "total_b") else end for _, what, start, end, *_ in rows)
    high = max(max(start, end) for _, _, start, end, *_ in rows)
    moved = high - low
    begin = low - 0.25 * moved if moved and low > moved else 0.0
    step = _round_step((high - begin) / _TICKS)
    begin = max(0.0, math.floor(begin / step) * step)
    return begin, high + 0.22 * (high - begin) or 1.0


def _round_step(least: float) -> float:
    """The next round number: 1, 2 or 5 with zeros."""
    unit = 10.0 ** math.floor(math.log10(least or 1))
    return next(unit * step for step in (1, 2, 5, 10) if unit * step >= least)


def _unique(names: Sequence[str]) -> list[str]:
    """Two steps may have one name and different kinds; a chart has a row a name."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return unique
