"""Where a report's sums are read: rolled hours where they tell what is asked for, the ledger's lines for the rest.

A report asks every part the same and adds up the answers. See `collector.store.rollup`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, case, false, func, or_, select

from collector.errors import BadQuery
from collector.store.filters import TRACE, USAGE, says
from collector.store.reads.days import has_whole_hours
from collector.store.records import Period, Scope
from collector.store.records.costs import LEDGER_DIMENSIONS, TAG, CostFilter
from collector.store.rollup import HOUR, HOUR_NS, ROLLED

MOST_GAPS = 24
"""Stretches of hours that are not rolled; with more of them the ledger is read alone."""
OF_CALLS = ("model", "provider", "agent", "source")
"""Dimensions in which the calls of a trace differ."""
OF_TRACES = ("user", "session")
"""Dimensions with about as many values as there are traces: rolled hours don't tell them."""
_NAMES = {"agent": "agent_name", "user": "user_id", "session": "session_id", "source": "cost_source"}
_NAMES |= {"project": "project_id"}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the ledger, to SELECT from."""

    table: Table
    source: FromClause
    inside: ColumnElement[bool]

    @property
    def time(self) -> ColumnElement[int]:
        """The start of the quarter, or of the hour."""
        return self.table.c.quarter_ns

    @property
    def runs(self) -> ColumnElement[int]:
        """Traces whose first call lies here."""
        return func.sum(self.table.c.runs if self.table is HOUR else case((USAGE.c.slot == 0, 1), else_=0))

    def column(self, dimension: str) -> ColumnElement[Any]:
        """Of a promoted dimension the object that holds it, which `values` takes apart."""
        if dimension == TAG:
            return HOUR.c.tags if self.table is HOUR else func.coalesce(USAGE.c.sealed_tags, TRACE.c.tags)
        return self.table.c[_NAMES.get(dimension, dimension) if dimension in LEDGER_DIMENSIONS else "dimensions"]

    def where(self, filters: Iterable[CostFilter]) -> ColumnElement[bool]:
        """Raises BadQuery for more values than a condition takes."""
        return and_(self.inside, *(self._condition(wanted) for wanted in filters))

    def _condition(self, wanted: CostFilter) -> ColumnElement[bool]:
        if len(wanted.values) > 100:
            raise BadQuery(f"costs: at most 100 values of {wanted.dimension}")
        column = self.column(wanted.dimension)
        return or_(false(), *(_has(wanted.dimension, column, value) for value in wanted.values))


def parts(
    connection: Connection, scope: Scope, period: Period, dimensions: Collection[str], *, zone: str = "UTC"
) -> list[Part]:
    """dimensions: those that are grouped or filtered by. zone: whose days or hours are told apart."""
    source = _with_traces() if TAG in dimensions else USAGE
    gaps = None
    if not any(name in OF_TRACES for name in dimensions) and has_whole_hours(period, zone):
        gaps = _gaps(connection, scope, period)
    if gaps is None:
        return [Part(USAGE, source, within(USAGE, scope, period))]
    start_ns, end_ns = _whole_hours(period)
    found = [Part(HOUR, HOUR, within(HOUR, scope, Period(start_ns, end_ns)))]
    if gaps:
        stretches = or_(false(), *(within(USAGE, Scope((project,)), gap) for project, gap in gaps))
        found.append(Part(USAGE, source, stretches))
    return found


def within(table: Table, scope: Scope, period: Period) -> ColumnElement[bool]:
    return and_(
        table.c.project_id.in_(scope), table.c.quarter_ns >= period.start_ns, table.c.quarter_ns < period.end_ns
    )


def values(dimension: str, told: Any) -> tuple[str | None, ...]:
    """The values that a column's value stands for: several of a call with several tags."""
    if dimension == TAG:
        return tuple(orjson.loads(told)) if told and told != "[]" else (None,)
    if dimension in LEDGER_DIMENSIONS:
        return (told,)
    return (orjson.loads(told).get(dimension) if told else None,)


def _gaps(connection: Connection, scope: Scope, period: Period) -> list[tuple[str, Period]] | None:
    """What of the period the ledger alone tells, by project. None where that is most, or in too many pieces."""
    start_ns, end_ns = _whole_hours(period)
    query = select(ROLLED.c.project_id, ROLLED.c.quarter_ns).where(within(ROLLED, scope, Period(start_ns, end_ns)))
    rolled: dict[str, set[int]] = {project: set() for project in scope}
    for project, hour_ns in connection.execute(query):
        rolled[project].add(hour_ns)
    if not any(rolled.values()):
        return None
    edges = [Period(period.start_ns, min(start_ns, period.end_ns)), Period(max(end_ns, start_ns), period.end_ns)]
    found: list[tuple[str, Period]] = []
    for project, hours in rolled.items():
        missing = [hour for hour in range(start_ns, end_ns, HOUR_NS) if hour not in hours]
        stretches = [*edges, *_joined(missing)]
        found += [(project, stretch) for stretch in stretches if stretch.start_ns < stretch.end_ns]
    return found if len(found) <= MOST_GAPS else None


def _joined(hours: Sequence[int]) -> list[Period]:
    """Hours that follow one another as one."""
    found: list[Period] = []
    for hour_ns in hours:
        if found and found[-1].end_ns == hour_ns:
            found[-1] = Period(found[-1].start_ns, hour_ns + HOUR_NS)
        else:
            found.append(Period(hour_ns, hour_ns + HOUR_NS))
    return found


def _whole_hours(period: Period) -> tuple[int, int]:
    """From the first to the end of the last that lies in the period as a whole."""
    return -(-period.start_ns // HOUR_NS) * HOUR_NS, period.end_ns // HOUR_NS * HOUR_NS


def _with_traces() -> FromClause:
    same = and_(USAGE.c.project_id == TRACE.c.project_id, USAGE.c.trace_id == TRACE.c.trace_id)
    return USAGE.join(TRACE, same, isouter=True)


def _has(dimension: str, column: ColumnElement[Any], value: str | None) -> ColumnElement[bool]:
    if dimension == TAG:
        return (
            or_(column.is_(None), column == "[]") if value is None else column.contains(_json(value), autoescape=True)
        )
    if dimension in LEDGER_DIMENSIONS:
        return column.is_(None) if value is None else column == value
    if value is None:
        return or_(column.is_(None), ~column.contains(f'"{dimension}":', autoescape=True))
    return says(column, dimension, value)


def _json(value: str) -> str:
    return orjson.dumps(value).decode()
