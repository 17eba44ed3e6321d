"""What a month's report tells, read at one go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from collector.analysis.bridge import Bridge, bridge
from collector.analysis.forecast import Forecast, forecast
from collector.analysis.spending import GroupCost, by_source, group_costs, unpriced_models
from collector.errors import BadQuery
from collector.store.reads.costs import get_costs
from collector.store.records import Period, Scope
from collector.store.records.costs import CostQuestion, Costs

_MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])")
_QUARTER_NS = 15 * 60 * 10**9
NANO = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Monthly:
    month: str
    """2026-10"""
    zone: str
    projects: tuple[str, ...]
    made_ns: int
    is_running: bool
    """Whether the month has not ended."""
    costs: Costs
    """By workflow and day."""
    tables: tuple[tuple[str, tuple[GroupCost, ...]], ...]
    """Dimension and rows: workflow, model, then those that are promoted."""
    moved: Bridge
    forecast: Forecast | None
    """Of a month that is running."""
    sources: tuple[tuple[str, int], ...]
    """Nano-dollars by where they come from."""
    unpriced: tuple[tuple[str, int], ...]
    """Calls of unknown cost, by model."""


def gather(engine: Engine, scope: Scope, month: str, zone: str, now_ns: int, dimensions: Sequence[str] = ()) -> Monthly:
    """dimensions: promoted ones to tell beside workflows and models. Raises BadQuery for a month that is none or has
    not begun, StoreUnavailable."""
    question, is_running = _question(month, zone, now_ns)
    costs = get_costs(engine, scope, question)
    found = [costs, *(get_costs(engine, scope, replace(question, by=(name,))) for name in ("model", *dimensions))]
    return Monthly(
        month=month,
        zone=zone,
        projects=tuple(scope),
        made_ns=now_ns,
        is_running=is_running,
        costs=costs,
        tables=tuple((one.question.by[0], group_costs(one.before, one.now)) for one in found),
        moved=bridge(costs.before, costs.now),
        forecast=forecast(costs.month) if is_running else None,
        sources=tuple(by_source(costs.now).items()),
        unpriced=tuple(unpriced_models(costs.now).items()),
    )


def _question(month: str, zone: str, now_ns: int) -> tuple[CostQuestion, bool]:
    """The month so far against the same days of the one before, or two whole months."""
    if not _MONTH.fullmatch(month):
        raise BadQuery("month: expected a year and a month, such as 2026-10")
    first = datetime.fromisoformat(f"{month}-01")
    following, earlier = (first + timedelta(days=32)).replace(day=1), (first - timedelta(days=1)).replace(day=1)
    now = Period(_ns(first, zone), _ns(following, zone))
    until_ns = (now_ns // _QUARTER_NS + 1) * _QUARTER_NS
    if until_ns <= now.start_ns:
        raise BadQuery(f"month: {month} has not begun")
    before = Period(_ns(earlier, zone), now.start_ns)
    is_running = until_ns < now.end_ns
    if is_running:
        wall = datetime.fromtimestamp(until_ns // NANO, ZoneInfo(zone)).replace(tzinfo=None)
        same = _ns(earlier + (wall - first), zone)
        now, before = Period(now.start_ns, until_ns), Period(before.start_ns, min(same, before.end_ns))
    return CostQuestion(now=now, before=before, by=("workflow",), zone=zone), is_running


def _ns(wall: datetime, zone: str) -> int:
    return int(wall.replace(tzinfo=ZoneInfo(zone)).timestamp()) * NANO
