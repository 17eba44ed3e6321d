"""The charts of a monthly report: small SVG of our own, coloured by the page's style sheet, readable in print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from collector.analysis.bridge import STEPS, Bridge
from collector.monthly.amounts import NANO, adding_up, digits_for, money, signed

WIDTH, HEIGHT = 720, 260
_TOP, _BOTTOM, _LEFT = 24, 34, 56
COLOURS = 6
STEP_NAMES = {
    "volume": "Volume",
    "tokens": "Tokens a call",
    "mix": "Model mix",
    "price": "Price",
    "cache": "Cache",
}


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    low: float
    high: float
    label: str
    kind: str


def bridge_svg(moved: Bridge, before: str, now: str) -> str:
    """From the total before to the total now, step by step."""
    digits = digits_for(max(moved.before_nusd, moved.now_nusd))
    steps = [moved.step_nusd(step) for step in STEPS]
    amounts = adding_up(steps, moved.now_nusd - moved.before_nusd, digits)
    bars = [_Bar(before, 0, moved.before_nusd, money(moved.before_nusd, digits), "total")]
    at = moved.before_nusd
    for step, nusd, shown in zip(STEPS, steps, amounts, strict=True):
        low, high = sorted((at, at + nusd))
        bars.append(
            _Bar(
                STEP_NAMES[step], low, high, signed(shown, digits), "up" if shown > 0 else "down" if shown else "total"
            )
        )
        at += nusd
    bars.append(_Bar(now, 0, moved.now_nusd, money(moved.now_nusd, digits), "total"))
    highest, parts = _axis(max(bar.high for bar in bars))
    place = (WIDTH - _LEFT) / len(bars)
    for number, bar in enumerate(bars):
        x, top, bottom = _LEFT + number * place, _y(bar.high, highest), _y(bar.low, highest)
        middle = x + place / 2
        parts.append(
            f'<rect class="{bar.kind}" x="{x + place * 0.15:.1f}" y="{top:.1f}" width="{place * 0.7:.1f}" '
            f'height="{max(bottom - top, 1):.1f}" rx="2"/>'
        )
        parts.append(f'<text class="amount" x="{middle:.1f}" y="{top - 6:.1f}">{escape(bar.label)}</text>')
        parts.append(f'<text class="name" x="{middle:.1f}" y="{HEIGHT - 12}">{escape(bar.name)}</text>')
    words = ", ".join(f"{bar.name}: {bar.label}" for bar in bars)
    return _svg(parts, f"What moved the cost. {words}")


def days_svg(days: Sequence[int], parts_of: Mapping[tuple[int, int], int], groups: int) -> str:
    """A bar a day. days: of the month; parts_of: nano-dollars by day and number of the group."""
    totals = {day: sum(parts_of.get((day, group), 0) for group in range(groups)) for day in days}
    highest, drawn = _axis(max(totals.values(), default=0))
    place = (WIDTH - _LEFT) / max(1, len(days))
    for number, day in enumerate(days):
        x, at = _LEFT + number * place, 0
        for group in range(groups):
            nusd = parts_of.get((day, group), 0)
            if nusd:
                top, bottom = _y(at + nusd, highest), _y(at, highest)
                at += nusd
                drawn.append(
                    f'<rect class="g{group % COLOURS}" x="{x + place * 0.12:.1f}" y="{top:.1f}" '
                    f'width="{place * 0.76:.1f}" height="{bottom - top:.1f}"/>'
                )
        drawn.append(f'<text class="name" x="{x + place / 2:.1f}" y="{HEIGHT - 12}">{day}</text>')
    dearest = max(totals, key=lambda day: totals[day], default=0)
    return _svg(drawn, f"Cost by day. The dearest was day {dearest}: {money(totals.get(dearest, 0), 2)}.")


def _axis(highest_nusd: float) -> tuple[float, list[str]]:
    """What the top of the axis stands for, and its lines with round amounts."""
    step = _round_step((highest_nusd or 1) / NANO / 4)
    lines = ceil((highest_nusd or 1) / NANO / step - 1e-9)
    digits = max(0, -floor(log10(step) + 1e-9)) + (1 if f"{step:e}".startswith("2.5") and step < 10 else 0)
    top, drawn = lines * step * NANO, []
    for number in range(lines + 1):
        y = _y(number * step * NANO, top)
        drawn.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}">${number * step:,.{digits}f}</text>')
    return top, drawn


def _round_step(at_least: float) -> float:
    """1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(at_least))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= at_least * (1 - 1e-9))


def _y(nusd: float, highest: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * nusd / highest


def _svg(parts: Sequence[str], words: str) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">'
    return f'<div class="wide">{head}{"".join(parts)}</svg></div>'
