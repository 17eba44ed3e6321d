"""A cost report as frames for its charts, its table and its files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from app.format import MINUS, UNKNOWN, count, money, one_line, round_parts
from app.frames.cost_words import NANO, STEP_NAMES, cents, signed, usd
from collector.analysis.bridge import STEPS, Bridge
from collector.analysis.spending import GroupCost
from collector.store.records import Period
from collector.store.records.costs import Costs, StepCost

UNATTRIBUTED = "unattributed"
OTHERS = "others"
MAX_COLOURS = 6
_MAX_BARS = 100


def bridge_frame(moved: Bridge, before: str, now: str) -> pd.DataFrame:
    """Columns: step (before, now or one of STEPS), name, kind (total, up, down), low, high (USD), label, at (where the
    connector leaves); one row a bar.

    Labels are rounded so that the steps add up to the change of the two printed totals.
    """
    digits = 2 if max(moved.before_nusd, moved.now_nusd) >= NANO else 4
    start, end = (round(nusd / NANO, digits) for nusd in (moved.before_nusd, moved.now_nusd))
    amounts = _adding_up([moved.step_nusd(step) / NANO for step in STEPS], round(end - start, digits), digits)
    rows = [("before", before, "total", 0.0, start, money(start, digits), start)]
    at = moved.before_nusd / NANO
    for step, printed in zip(STEPS, amounts, strict=True):
        to = at + moved.step_nusd(step) / NANO
        kind = "up" if to >= at else "down"
        rows.append((step, STEP_NAMES[step], kind, min(at, to), max(at, to), signed(printed, digits), to))
        at = to
    rows.append(("now", now, "total", 0.0, end, money(end, digits), end))
    return pd.DataFrame(rows, columns=["step", "name", "kind", "low", "high", "label", "at"])


def steps_frame(costs: Costs, step: str) -> pd.DataFrame:
    """Columns: start, end (wall time of the zone), group, rank, low, high, usd, total, first; a row a bar's part.

    step: hour, day, week or month. Beyond six groups the rest is one: "others".
    """
    zone = ZoneInfo(costs.question.zone)
    ranks = _ranks(costs.steps)
    sums: defaultdict[tuple[datetime, int], float] = defaultdict(float)
    for part in costs.steps:
        start = _begin(datetime.fromtimestamp(part.start_ns // NANO, zone).replace(tzinfo=None), step)
        sums[start, ranks[part.group]] += (part.cost_nusd or 0) / NANO
    names = _names(ranks)
    totals: defaultdict[datetime, float] = defaultdict(float)
    rows = []
    for (start, rank), amount in sorted(sums.items()):
        low = totals[start]
        totals[start] += amount
        rows.append((start, _following(start, step), names[rank], rank, low, low + amount, amount))
    frame = pd.DataFrame(rows, columns=["start", "end", "group", "rank", "low", "high", "usd"])
    frame["total"] = [totals[start] for start in frame["start"]]
    frame["top"] = [high == totals[start] for start, high in zip(frame["start"], frame["high"], strict=True)]
    return frame


def table_frame(rows: Sequence[GroupCost], costs: Costs, names: Sequence[str]) -> pd.DataFrame:
    """A column for each dimension, then Before, Now, Change, Change %, Share, Calls, Unpriced, $ a run, $ a 1,000 calls
    as text; $ a run is left out where the calls of a run stand in several rows.

    The last row is the total of all rows, also of those that are not shown.
    """
    total = costs.total_now.cost_nusd
    shares = round_parts([(row.now_nusd or 0) / total * 100 if total else 0.0 for row in rows], 1)
    records = [
        {
            **{name: label(value) for name, value in zip(names, row.groups, strict=True)},
            **_amounts(row.before_nusd, row.now_nusd, row.runs, row.calls, row.unpriced_calls),
            "Share": f"{share:.1f} %" if total and row.now_nusd is not None else "",
        }
        for row, share in zip(rows, shares, strict=True)
    ]
    now, before = costs.total_now, costs.total_before
    records.append(
        {
            **{name: "Total" if at == 0 else "" for at, name in enumerate(names)},
            **_amounts(before.cost_nusd, now.cost_nusd, now.runs, now.calls, now.unpriced_calls),
            "Share": "100.0 %" if total else "",
        }
    )
    per_run = ["$ a run"] if tells_runs(costs.question.by) else []
    columns = [*names, "Before", "Now", "Change", "Change %", "Share", "Calls", "Unpriced", *per_run, "$ a 1,000 calls"]
    return pd.DataFrame(records, columns=columns)


def movers_frame(moved: Bridge, step: str, limit: int = 20) -> pd.DataFrame:
    """Columns: Workflow, Model, Change; what moved most within a step of the bridge."""
    found = [mover for mover in moved.movers if mover.step == step][:limit]
    return pd.DataFrame(
        {
            "Workflow": [label(mover.workflow) for mover in found],
            "Model": [label(mover.model) for mover in found],
            "Change": [signed(usd(mover.nusd)) for mover in found],
        }
    )


def tells_runs(by: Sequence[str]) -> bool:
    """Whether all calls of a run stand in the same row."""
    return not any(name in ("model", "provider", "agent", "source") for name in by)


def label(value: str | None) -> str:
    return UNATTRIBUTED if value is None else one_line(value)


def _amounts(before: int | None, now: int | None, runs: int, calls: int, unpriced: int) -> dict[str, str]:
    priced = calls - unpriced
    change = (cents(now) or 0) - (cents(before) or 0)
    small = max(now or 0, before or 0) < NANO // 100
    if small:
        change = ((now or 0) - (before or 0)) / NANO
    relative = f"{(now / before - 1) * 100:+.1f} %".replace("-", MINUS) if now is not None and before else ""
    return {
        "Before": UNKNOWN if before is None and now is None else money(usd(before) or 0.0, None if small else 2),
        "Now": UNKNOWN if now is None and unpriced else money(usd(now) or 0.0, None if small else 2),
        "Change": "" if now is None and before is None else signed(change, None if small else 2),
        "Change %": relative,
        "Calls": count(calls),
        "Unpriced": count(unpriced) if unpriced else "",
        "$ a run": money(now / NANO / runs) if runs and now is not None else "",
        "$ a 1,000 calls": money((now or 0) / NANO / priced * 1_000, 2) if priced and now is not None else "",
    }


def _adding_up(parts: Sequence[float], total: float, digits: int) -> list[float]:
    """Rounded parts whose sum is `total`: the difference that rounding makes goes to the largest."""
    rounded = [round(part, digits) for part in parts]
    left = round(total - sum(rounded), digits)
    largest = max(range(len(parts)), key=lambda at: abs(parts[at]))
    rounded[largest] = round(rounded[largest] + left, digits)
    return rounded


def _ranks(steps: Sequence[StepCost]) -> dict[str | None, int]:
    """The place of each group by its cost; those beyond the colours share the last."""
    sums: defaultdict[str | None, int] = defaultdict(int)
    for part in steps:
        sums[part.group] += part.cost_nusd or 0
    ordered = sorted(sums, key=lambda group: (-sums[group], group or "\uffff"))
    last = MAX_COLOURS - 1
    return {group: at if len(ordered) <= MAX_COLOURS else min(at, last) for at, group in enumerate(ordered)}


def _names(ranks: dict[str | None, int]) -> dict[int, str]:
    shared = [rank for rank in ranks.values() if list(ranks.values()).count(rank) > 1]
    named = {rank: label(group) for group, rank in ranks.items()}
    return named | {rank: f"{shared.count(rank)} {OTHERS}" for rank in set(shared)}


def _begin(wall: datetime, step: str) -> datetime:
    if step == "month":
        return wall.replace(day=1)
    return wall - timedelta(days=wall.weekday()) if step == "week" else wall


def _following(start: datetime, step: str) -> datetime:
    if step == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + {"hour": timedelta(hours=1), "week": timedelta(days=7)}.get(step, timedelta(days=1))


def whole_steps(period: Period, zone: str, step: str) -> list[datetime]:
    """The beginnings of all steps of a period, also of those without a call."""
    known = ZoneInfo(zone)
    start, end = (
        datetime.fromtimestamp(ns // NANO, known).replace(tzinfo=None) for ns in (period.start_ns, period.end_ns)
    )
    found: list[datetime] = []
    at = _begin(start, step)
    while at < end and len(found) < _MAX_BARS * 10:
        found.append(at)
        at = _following(at, step)
    return found
