"""The calls behind a figure of a cost report, as the list of calls that shows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.selection import LONGEST_PERIOD_NS
from collector.analysis.bridge import Bridge, Mover
from collector.query import ANYTHING, Compare, Match, Query, Term, dimension_field, exactly, render
from collector.store.records import Period
from collector.store.records.costs import LEDGER_DIMENSIONS, OTHERS, TAG, CostFilter, Costs

MOST_MOVERS = 5
_MOST_OF_IT = 0.8
"""A step of the bridge shows the calls that make so much of it."""


def calls_of(where: Iterable[CostFilter], period: Period) -> dict[str, Any]:
    """The fields of a selection that lists the calls, the dearest first."""
    conditions = list(where)
    projects = [value for wanted in conditions if wanted.dimension == "project" for value in wanted.values]
    terms = [term for wanted in conditions if (term := _term(wanted)) is not None]
    start_ns = max(period.start_ns, period.end_ns - LONGEST_PERIOD_NS)
    return {
        "listing": "llm",
        "query": render(Query(tuple(terms))),
        "between": Period(start_ns, period.end_ns),
        "environment": None,
        "sort": "-cost_usd",
    } | ({"project": projects[0]} if len(projects) == 1 else {})


def of_group(costs: Costs, groups: Sequence[str | None]) -> tuple[CostFilter, ...]:
    """The report's filters, narrowed to one of its rows; as they are for all others together."""
    if OTHERS in groups:
        return costs.question.where
    return narrowed(costs.question.where, {n: (v,) for n, v in zip(costs.question.by, groups, strict=False)})


def of_step(costs: Costs, moved: Bridge, step: str) -> tuple[tuple[CostFilter, ...], Period]:
    """The calls that moved a step most, in the period that has them. costs: whose cells don't overlap."""
    movers = main_movers(moved, step)
    pairs = {(mover.workflow, mover.model) for mover in movers}
    is_gone = pairs and not any((cell.workflow, cell.model) in pairs for cell in costs.now)
    named = {
        "workflow": tuple(dict.fromkeys(mover.workflow for mover in movers)),
        "model": tuple(dict.fromkeys(mover.model for mover in movers)),
    }
    question = costs.question
    return narrowed(question.where, named if movers else {}), question.before if is_gone else question.now


def main_movers(moved: Bridge, step: str) -> tuple[Mover, ...]:
    """The largest that went the way the step went, until they make most of it."""
    total = moved.step_nusd(step)
    same_way = [mover for mover in moved.movers if mover.step == step and mover.nusd * total > 0]
    found: list[Mover] = []
    for mover in same_way[:MOST_MOVERS]:
        if found and abs(sum(one.nusd for one in found)) >= _MOST_OF_IT * abs(total):
            break
        found.append(mover)
    return tuple(found)


def narrowed(where: Sequence[CostFilter], values: Mapping[str, tuple[str | None, ...]]) -> tuple[CostFilter, ...]:
    """The filters with those values instead of what they said of the same dimensions. Of tags both have to hold."""
    kept = [wanted for wanted in where if wanted.dimension not in values or wanted.dimension == TAG]
    return (*kept, *(CostFilter(dimension, wanted) for dimension, wanted in values.items()))


def _term(wanted: CostFilter) -> Term | None:
    """None for what the search language can't say: a value or none at all. Then the list has more calls."""
    known = [value for value in wanted.values if value is not None]
    if wanted.dimension == "project" or (known and None in wanted.values):
        return None
    if wanted.dimension == "source" and not known:
        return Compare("cost", ">=", 0, negated=True)
    is_ours = wanted.dimension in LEDGER_DIMENSIONS or wanted.dimension == TAG
    field = wanted.dimension if is_ours else dimension_field(wanted.dimension)
    return Match(field, tuple(map(exactly, known)) or (ANYTHING,), negated=not known)
