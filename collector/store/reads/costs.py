"""What calls cost, by any of their dimensions: sums over the ledger, which outlives the spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import product
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, FromClause, Row, and_, func, literal, or_, select

from collector.errors import BadQuery
from collector.store.engine import snapshot
from collector.store.filters import TRACE, USAGE, says
from collector.store.reads.days import DAY_NS, HOUR_NS, step_number, step_start_ns
from collector.store.reads.month import read_month
from collector.store.records import MonthCost, Period, Scope
from collector.store.records.costs import TAG, CostCell, CostFilter, CostQuestion, Costs, DearRun, Spend, StepCost

_COLUMNS: dict[str, ColumnElement[Any]] = {
    "workflow": USAGE.c.workflow,
    "model": USAGE.c.model,
    "provider": USAGE.c.provider,
    "agent": USAGE.c.agent_name,
    "user": USAGE.c.user_id,
    "session": USAGE.c.session_id,
    "service": USAGE.c.service,
    "environment": USAGE.c.environment,
    "version": USAGE.c.version,
    "source": USAGE.c.cost_source,
    "project": USAGE.c.project_id,
    TAG: func.coalesce(USAGE.c.sealed_tags, TRACE.c.tags),
}
_SHARED = ("workflow", "provider", "model", "source")
"""What every cell tells, whatever it is grouped by."""
_MEASURES = tuple(field.name for field in fields(Spend))


def get_costs(engine: Engine, scope: Scope, question: CostQuestion) -> Costs:
    """Raises BadQuery unless one or two dimensions are asked for."""
    if not 1 <= len(question.by) <= 2:
        raise BadQuery("costs: group by one or two dimensions")
    with snapshot(engine) as connection:
        now, total_now = _cells(connection, scope, question, question.now)
        before, total_before = _cells(connection, scope, question, question.before)
        return Costs(
            question=question,
            now=now,
            before=before,
            total_now=total_now,
            total_before=total_before,
            runs_now=_runs(connection, scope, question, question.now),
            runs_before=_runs(connection, scope, question, question.before),
            steps=_steps(connection, scope, question),
            month=read_month(
                connection,
                scope,
                question.now.end_ns,
                zone=question.zone,
                source=_asked(question),
                where=[_condition(wanted) for wanted in question.where],
            ),
        )


def list_values(engine: Engine, scope: Scope, period: Period, dimension: str, limit: int = 200) -> tuple[str, ...]:
    """The values of a dimension in the period, the dearest first."""
    cost = func.coalesce(func.sum(USAGE.c.cost_nusd), 0)
    column = _column(dimension)
    query = (
        select(column, cost)
        .select_from(_source([dimension]))
        .where(_inside(scope, period))
        .group_by(column)
        .order_by(cost.desc(), column)
    )
    with snapshot(engine) as connection:
        found = [value for row in connection.execute(query) for value in _values(dimension, row[0]) if value]
    return tuple(dict.fromkeys(found))[:limit]


def sum_spend(
    engine: Engine, scope: Scope, period: Period, dimension: str | None, value: str | None
) -> dict[str | None, int]:
    """What a period cost in nano-dollars: by the values of a dimension, of one of them, or in all (under None)."""
    where = [_condition(CostFilter(dimension, (value,)))] if dimension and value is not None else []
    column = _column(dimension) if dimension else literal(None)
    cost = func.sum(USAGE.c.cost_nusd)
    query = select(column, cost).select_from(_source([dimension] if dimension else []))
    query = query.where(_inside(scope, period), USAGE.c.cost_nusd.is_not(None), *where)
    query = query.group_by(column) if dimension else query
    found: defaultdict[str | None, int] = defaultdict(int)
    with snapshot(engine) as connection:
        for told, nusd in connection.execute(query):
            for one in _values(dimension, told) if dimension else (None,):
                if value is None or one == value:
                    found[one] += int(nusd or 0)
    return dict(found)


def month_spend(engine: Engine, scope: Scope, now_ns: int, zone: str, wanted: CostFilter | None = None) -> MonthCost:
    """For a forecast."""
    where = [_condition(wanted)] if wanted else []
    source = _source([wanted.dimension] if wanted else [])
    with snapshot(engine) as connection:
        return read_month(connection, scope, now_ns, zone=zone, source=source, where=where)


def list_dear_runs(engine: Engine, scope: Scope, question: CostQuestion, limit: int = 20) -> tuple[DearRun, ...]:
    """The traces whose calls cost most in the period, the dearest first. Those that retention took are left out."""
    cost = func.sum(USAGE.c.cost_nusd)
    calls = func.sum(USAGE.c.calls)
    columns = (
        TRACE.c.project_id,
        TRACE.c.trace_id,
        TRACE.c.workflow,
        TRACE.c.start_ns,
        TRACE.c.user_id,
        TRACE.c.models,
    )
    query = (
        select(*columns, calls, cost)
        .select_from(_with_traces())
        .where(_inside(scope, question.now), *map(_condition, question.where))
        .group_by(*columns)
        .having(cost > 0)
        .order_by(cost.desc(), TRACE.c.trace_id)
        .limit(limit)
    )
    with snapshot(engine) as connection:
        return tuple(
            DearRun(
                trace_id=trace_id,
                workflow=workflow,
                start_ns=start_ns,
                user=user,
                models=tuple(orjson.loads(models)),
                calls=int(count),
                cost_nusd=int(nusd),
            )
            for _, trace_id, workflow, start_ns, user, models, count, nusd in connection.execute(query)
        )


def add(spends: Iterable[Spend]) -> Spend:
    """Their sum, field by field: unknown only where none of them knows."""
    known: defaultdict[str, list[int]] = defaultdict(list)
    for spend in spends:
        for name in _MEASURES:
            if (value := getattr(spend, name)) is not None:
                known[name].append(value)
    return Spend(**{name: sum(values) for name, values in known.items()})


def _cells(
    connection: Connection, scope: Scope, question: CostQuestion, period: Period
) -> tuple[tuple[CostCell, ...], Spend]:
    """The cells and their total, in which no call counts twice."""
    dimensions = (*question.by, *_SHARED)
    columns = [_column(name).label(f"c{at}") for at, name in enumerate(dimensions)]
    measures = [func.sum(USAGE.c[name]).label(name) for name in _MEASURES]
    query = (
        select(*columns, *measures)
        .select_from(_asked(question))
        .where(_inside(scope, period), *map(_condition, question.where))
        .group_by(*map(_column, dict.fromkeys(dimensions)))
    )
    cells: defaultdict[tuple[Any, ...], list[Spend]] = defaultdict(list)
    spends: list[Spend] = []
    for row in connection.execute(query):
        told, spend = row[: len(dimensions)], _spend(row[len(dimensions) :])
        spends.append(spend)
        grouped = zip(question.by, told, strict=False)
        for groups in product(*(_values(name, value) for name, value in grouped)):
            cells[(groups, *told[len(question.by) :])].append(spend)
    found = (
        CostCell(groups=groups, workflow=workflow, provider=provider, model=model, source=source, spend=add(parts))
        for (groups, workflow, provider, model, source), parts in cells.items()
    )
    return tuple(found), add(spends)


def _runs(connection: Connection, scope: Scope, question: CostQuestion, period: Period) -> int:
    """Traces with calls in the period."""
    traces = (
        select(USAGE.c.project_id, USAGE.c.trace_id)
        .select_from(_asked(question))
        .where(_inside(scope, period), *map(_condition, question.where))
        .distinct()
    )
    return int(connection.execute(select(func.count()).select_from(traces.subquery())).scalar_one())


def _steps(connection: Connection, scope: Scope, question: CostQuestion) -> tuple[StepCost, ...]:
    length_ns = HOUR_NS if question.hourly else DAY_NS
    step = step_number(USAGE.c.quarter_ns, question.now, question.zone, length_ns)
    group = _column(question.by[0])
    query = (
        select(step.label("step"), group.label("value"), func.sum(USAGE.c.cost_nusd), func.sum(USAGE.c.calls))
        .select_from(_asked(question))
        .where(_inside(scope, question.now), *map(_condition, question.where))
        .group_by("step", "value")
    )
    found: defaultdict[tuple[int, str | None], list[tuple[int | None, int]]] = defaultdict(list)
    for number, told, nusd, calls in connection.execute(query):
        for value in _values(question.by[0], told):
            found[int(number), value].append((_known(nusd), int(calls)))
    return tuple(
        StepCost(
            start_ns=step_start_ns(number, question.zone, length_ns),
            group=value,
            cost_nusd=_sum(nusd for nusd, _ in parts),
            calls=sum(calls for _, calls in parts),
        )
        for (number, value), parts in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    )


def _inside(scope: Scope, period: Period) -> ColumnElement[bool]:
    return and_(
        USAGE.c.project_id.in_(scope), USAGE.c.quarter_ns >= period.start_ns, USAGE.c.quarter_ns < period.end_ns
    )


def _asked(question: CostQuestion) -> FromClause:
    return _source([*question.by, *(wanted.dimension for wanted in question.where)])


def _source(dimensions: Sequence[str]) -> FromClause:
    """The ledger; with the traces where their tags are asked for."""
    return _with_traces(is_outer=True) if TAG in dimensions else USAGE


def _with_traces(*, is_outer: bool = False) -> FromClause:
    same = and_(USAGE.c.project_id == TRACE.c.project_id, USAGE.c.trace_id == TRACE.c.trace_id)
    return USAGE.join(TRACE, same, isouter=is_outer)


def _column(dimension: str) -> ColumnElement[Any]:
    """Of a promoted dimension the object that holds it, which is taken apart here."""
    return _COLUMNS.get(dimension, USAGE.c.dimensions)


def _values(dimension: str, told: Any) -> tuple[str | None, ...]:
    """The values that a column's value stands for: several of a call with several tags."""
    if dimension == TAG:
        return tuple(orjson.loads(told)) if told and told != "[]" else (None,)
    if dimension in _COLUMNS:
        return (told,)
    return (orjson.loads(told).get(dimension) if told else None,)


def _condition(wanted: CostFilter) -> ColumnElement[bool]:
    """Raises BadQuery for more values than a condition takes."""
    if len(wanted.values) > 100:
        raise BadQuery(f"costs: at most 100 values of {wanted.dimension}")
    column = _column(wanted.dimension)
    return or_(literal(False), *(_has(wanted.dimension, column, value) for value in wanted.values))


def _has(dimension: str, column: ColumnElement[Any], value: str | None) -> ColumnElement[bool]:
    if dimension == TAG:
        return (
            or_(column.is_(None), column == "[]") if value is None else column.contains(_json(value), autoescape=True)
        )
    if dimension in _COLUMNS:
        return column.is_(None) if value is None else column == value
    if value is None:
        return or_(column.is_(None), ~column.contains(f'"{dimension}":', autoescape=True))
    return says(column, dimension, value)


def _json(value: str) -> str:
    return orjson.dumps(value).decode()


def _spend(row: Row[Any] | Sequence[Any]) -> Spend:
    known = ((name, _known(value)) for name, value in zip(_MEASURES, row, strict=True))
    return Spend(**{name: value for name, value in known if value is not None})


def _known(value: Any) -> int | None:
    """PostgreSQL sums to Decimal."""
    return None if value is None else int(value)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
