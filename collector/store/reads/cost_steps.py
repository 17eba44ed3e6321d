"""What each day or hour of a cost report cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal, select

from collector.store.reads.days import DAY_NS, HOUR_NS, step_number, step_start_ns
from collector.store.reads.ledger import OF_TRACES, parts, values
from collector.store.records import Scope
from collector.store.records.costs import OTHERS, CostCell, CostQuestion, StepCost

MOST_GROUPS = 5
"""Of users or sessions: the steps of the rest are one."""
_Steps = dict[tuple[int, str | None], tuple[int | None, int]]
"""Cost and calls, by number of the step and group."""


def read_steps(
    connection: Connection, scope: Scope, question: CostQuestion, cells: Sequence[CostCell]
) -> tuple[StepCost, ...]:
    """By the first dimension; of users and sessions the dearest, and all other calls as one. cells: of now."""
    first = question.by[0]
    if first in OF_TRACES:
        found = _read(connection, scope, question, first, _dearest(cells))
        found |= _others(_read(connection, scope, question, None, None), found)
    else:
        found = _read(connection, scope, question, first, None)
    length_ns = HOUR_NS if question.hourly else DAY_NS
    return tuple(
        StepCost(start_ns=step_start_ns(number, question.zone, length_ns), group=group, cost_nusd=nusd, calls=calls)
        for (number, group), (nusd, calls) in sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    )


def _read(
    connection: Connection, scope: Scope, question: CostQuestion, dimension: str | None, among: Sequence[str] | None
) -> _Steps:
    """among: those values only."""
    length_ns = HOUR_NS if question.hourly else DAY_NS
    costs: defaultdict[tuple[int, str | None], list[int | None]] = defaultdict(list)
    calls: defaultdict[tuple[int, str | None], int] = defaultdict(int)
    asked = [*([dimension] if dimension else []), *(wanted.dimension for wanted in question.where)]
    for part in parts(connection, scope, question.now, asked, zone=question.zone):
        step = step_number(part.time, question.now, question.zone, length_ns).label("step")
        group: ColumnElement[Any] = part.column(dimension) if dimension else literal(None)
        table = part.table.c
        query = select(step, group.label("value"), func.sum(table.cost_nusd), func.sum(table.calls))
        query = query.select_from(part.source).where(part.where(question.where))
        if among is not None:
            query = query.where(group.in_(among))
        for number, told, nusd, count in connection.execute(query.group_by("step", "value")):
            for value in values(dimension, told) if dimension else (None,):
                costs[int(number), value].append(None if nusd is None else int(nusd))
                calls[int(number), value] += int(count)
    return {key: (_sum(amounts), calls[key]) for key, amounts in costs.items()}


def _others(totals: _Steps, told: _Steps) -> _Steps:
    """What is left of each step."""
    found: _Steps = {}
    for (number, _), (nusd, calls) in totals.items():
        known = [amounts for (step, _), amounts in told.items() if step == number]
        left = calls - sum(count for _, count in known)
        if left:
            found[number, OTHERS] = (None if nusd is None else nusd - sum(cost or 0 for cost, _ in known), left)
    return found


def _dearest(cells: Sequence[CostCell]) -> list[str]:
    sums: defaultdict[str, int] = defaultdict(int)
    for cell in cells:
        if cell.groups[0] not in (None, OTHERS):
            sums[str(cell.groups[0])] += cell.spend.cost_nusd or 0
    return sorted(sums, key=lambda value: (-sums[value], value))[:MOST_GROUPS]


def _sum(amounts: Iterable[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
