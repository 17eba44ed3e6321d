"""The cells of a cost report, and what they add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import product
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from collector.store.reads.ledger import OF_TRACES, Part, parts, values
from collector.store.records import Period, Scope
from collector.store.records.costs import OTHERS, TAG, CostCell, CostQuestion, Spend

Told = tuple[Any, ...]
"""What the columns of the question's dimensions hold."""
Cells = tuple[tuple[CostCell, ...], Spend]
"""With their total, in which no call counts twice."""
MOST_GROUPS = 1_000
"""Of users or sessions, unless the question is for all: the rest of them is one."""
_SHARED = ("workflow", "provider", "model", "source")
"""What every cell tells, unless it is grouped by what has very many values."""
_MEASURES = tuple(field.name for field in fields(Spend))
_FEW_MEASURES = ("runs", "calls", "errors", "unpriced_calls", "input_tokens", "output_tokens", "cost_nusd")
"""What a group among very many tells."""


def is_whole(by: Iterable[str]) -> bool:
    """Whether cells by these dimensions tell workflow, provider, model and source, and don't overlap."""
    return not any(name in (*OF_TRACES, TAG) for name in by)


def cells(connection: Connection, scope: Scope, question: CostQuestion, period: Period) -> Cells:
    shared = _SHARED if is_whole(question.by) else ()
    dimensions = (*question.by, *shared)
    found: defaultdict[tuple[Any, ...], list[Spend]] = defaultdict(list)
    spends: list[Spend] = []
    for part in parts(connection, scope, period, asked_of(question)):
        for row in connection.execute(_sums(part, question, dimensions, _MEASURES)):
            told, spend = row[: len(dimensions)], _spend(_MEASURES, row[len(dimensions) :])
            spends.append(spend)
            for groups in _groups(question, told):
                found[groups, *(told[len(question.by) :] or (None,) * len(_SHARED))].append(spend)
    made = (
        CostCell(
            groups=groups,
            workflow=workflow,
            provider=provider,
            model=model,
            source=source,
            spend=some[0] if len(some) == 1 else add(some),
        )
        for (groups, workflow, provider, model, source), some in found.items()
    )
    return tuple(made), add(spends)


def many_cells(connection: Connection, scope: Scope, question: CostQuestion) -> tuple[Cells, Cells]:
    """Now and before, by users or sessions: the dearest of now, and all others as one."""
    now = _listed(connection, scope, question, question.now, None)
    is_cut = not question.all_groups and len(now) > MOST_GROUPS
    before = {} if is_cut else _listed(connection, scope, question, question.before, None)
    if is_cut or (not question.all_groups and len(before) > MOST_GROUPS):
        now = dict(list(now.items())[:MOST_GROUPS])
        found = _listed(connection, scope, question, question.before, now)
        before = {told: spend for told, spend in found.items() if told in now}
    return (
        _with_others(connection, scope, question, question.now, now),
        _with_others(connection, scope, question, question.before, before),
    )


def _listed(
    connection: Connection, scope: Scope, question: CostQuestion, period: Period, among: Collection[Told] | None
) -> dict[Told, Spend]:
    """The dearest first; one more than are told, where there are more. among: those whose user or session is there."""
    [part] = parts(connection, scope, period, asked_of(question))
    cost = func.coalesce(func.sum(part.table.c.cost_nusd), 0)
    query = _sums(part, question, question.by, _FEW_MEASURES)
    if among is not None:
        at = next(at for at, name in enumerate(question.by) if name in OF_TRACES)
        column = part.column(question.by[at])
        query = query.where(or_(column.is_(None), column.in_({told[at] for told in among if told[at] is not None})))
    elif not question.all_groups:
        query = query.order_by(cost.desc(), *map(part.column, question.by)).limit(MOST_GROUPS + 1)
    width = len(question.by)
    return {tuple(row[:width]): _spend(_FEW_MEASURES, row[width:]) for row in connection.execute(query)}


def _with_others(
    connection: Connection, scope: Scope, question: CostQuestion, period: Period, listed: dict[Told, Spend]
) -> Cells:
    dimensions = [wanted.dimension for wanted in question.where]
    sums = [
        _spend(_MEASURES, connection.execute(_sums(part, question, (), _MEASURES)).one())
        for part in parts(connection, scope, period, dimensions)
    ]
    total = add(sums)
    found = [(groups, spend) for told, spend in listed.items() for groups in _groups(question, told)]
    rest = less(total, add(listed.values()))
    if rest.calls:
        found.append(((OTHERS,) * len(question.by), rest))
    nothing: dict[str, Any] = dict.fromkeys(_SHARED)
    return tuple(CostCell(groups=groups, spend=spend, **nothing) for groups, spend in found), total


def less(total: Spend, part: Spend) -> Spend:
    """What is left of it, in the fields that groups among very many tell."""
    amounts = {name: (getattr(total, name), getattr(part, name) or 0) for name in _FEW_MEASURES}
    return Spend(**{name: whole - known for name, (whole, known) in amounts.items() if whole is not None})


def _groups(question: CostQuestion, told: Sequence[Any]) -> Iterator[tuple[str | None, ...]]:
    return product(*(values(name, value) for name, value in zip(question.by, told, strict=False)))


def _sums(part: Part, question: CostQuestion, dimensions: Sequence[str], measures: Sequence[str]) -> Select[Any]:
    columns = [part.column(name).label(f"c{at}") for at, name in enumerate(dimensions)]
    sums = [(part.runs if name == "runs" else func.sum(part.table.c[name])).label(name) for name in measures]
    query = select(*columns, *sums).select_from(part.source).where(part.where(question.where))
    return query.group_by(*map(part.column, dict.fromkeys(dimensions))) if dimensions else query


def add(spends: Iterable[Spend]) -> Spend:
    """Their sum, field by field: unknown only where none of them knows."""
    known: defaultdict[str, list[int]] = defaultdict(list)
    for spend in spends:
        for name in _MEASURES:
            if (value := getattr(spend, name)) is not None:
                known[name].append(value)
    return Spend(**{name: sum(found) for name, found in known.items()})


def asked_of(question: CostQuestion) -> list[str]:
    return [*question.by, *(wanted.dimension for wanted in question.where)]


def _spend(measures: Sequence[str], row: Sequence[Any]) -> Spend:
    return Spend(**{name: int(value) for name, value in zip(measures, row, strict=True) if value is not None})
