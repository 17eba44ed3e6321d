"""What calls cost, by any of their dimensions: sums over the ledger, which outlives the spans."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, Engine, func, literal, select

from collector.errors import BadQuery
from collector.store.engine import snapshot
from collector.store.filters import USAGE
from collector.store.reads.cost_cells import cells, many_cells
from collector.store.reads.cost_steps import read_steps
from collector.store.reads.ledger import OF_CALLS, OF_TRACES, parts, values
from collector.store.reads.month import read_month
from collector.store.records import MonthCost, Period, Scope
from collector.store.records.costs import CostFilter, CostQuestion, Costs


def get_costs(engine: Engine, scope: Scope, question: CostQuestion) -> Costs:
    """Raises BadQuery unless one or two dimensions are asked for."""
    if not 1 <= len(question.by) <= 2:
        raise BadQuery("costs: group by one or two dimensions")
    with snapshot(engine) as connection:
        if any(name in OF_TRACES for name in question.by):
            (now, total_now), (before, total_before) = many_cells(connection, scope, question)
        else:
            now, total_now = cells(connection, scope, question, question.now)
            before, total_before = cells(connection, scope, question, question.before)
        return Costs(
            question=question,
            now=now,
            before=before,
            total_now=total_now,
            total_before=total_before,
            runs_now=_runs(connection, scope, question, question.now),
            runs_before=_runs(connection, scope, question, question.before),
            steps=read_steps(connection, scope, question, now),
            month=read_month(connection, scope, question.now.end_ns, zone=question.zone, filters=question.where),
        )


def list_values(engine: Engine, scope: Scope, period: Period, dimension: str, limit: int = 200) -> tuple[str, ...]:
    """The values of a dimension in the period, the dearest first."""
    costs: defaultdict[str, int] = defaultdict(int)
    with snapshot(engine) as connection:
        for part in parts(connection, scope, period, [dimension]):
            column = part.column(dimension)
            query = select(column, func.coalesce(func.sum(part.table.c.cost_nusd), 0)).select_from(part.source)
            for told, nusd in connection.execute(query.where(part.inside).group_by(column)):
                for value in values(dimension, told):
                    if value:
                        costs[value] += int(nusd)
    return tuple(sorted(costs, key=lambda value: (-costs[value], value))[:limit])


def sum_spend(
    engine: Engine, scope: Scope, period: Period, dimension: str | None, value: str | None
) -> dict[str | None, int]:
    """What a period cost in nano-dollars: by the values of a dimension, of one of them, or in all (under None)."""
    filters = [CostFilter(dimension, (value,))] if dimension and value is not None else []
    found: defaultdict[str | None, int] = defaultdict(int)
    with snapshot(engine) as connection:
        for part in parts(connection, scope, period, [dimension] if dimension else []):
            column = part.column(dimension) if dimension else literal(None)
            query = select(column, func.sum(part.table.c.cost_nusd)).select_from(part.source)
            query = query.where(part.where(filters), part.table.c.cost_nusd.is_not(None))
            for told, nusd in connection.execute(query.group_by(column) if dimension else query):
                for one in values(dimension, told) if dimension and nusd is not None else (None,) * (nusd is not None):
                    if value is None or one == value:
                        found[one] += int(nusd)
    return dict(found)


def month_spend(
    engine: Engine,
    scope: Scope,
    now_ns: int,
    zone: str,
    filters: tuple[CostFilter, ...] = (),
    length: str = "month",
) -> MonthCost:
    """For a forecast. length: day, week or month."""
    with snapshot(engine) as connection:
        return read_month(connection, scope, now_ns, zone=zone, filters=filters, length=length)


def _runs(connection: Connection, scope: Scope, question: CostQuestion, period: Period) -> int:
    """Traces whose first call lies in the period; with a filter that only some calls of a trace meet, those that have
    such a call in it."""
    asked = [wanted.dimension for wanted in question.where]
    if not any(name in OF_CALLS for name in asked):
        found = parts(connection, scope, period, asked)
        queries = (select(part.runs).select_from(part.source).where(part.where(question.where)) for part in found)
        return sum(int(connection.execute(query).scalar_one() or 0) for query in queries)
    [part] = parts(connection, scope, period, [*asked, *OF_TRACES])
    traces = select(USAGE.c.project_id, USAGE.c.trace_id).select_from(part.source).where(part.where(question.where))
    return int(connection.execute(select(func.count()).select_from(traces.distinct().subquery())).scalar_one())
