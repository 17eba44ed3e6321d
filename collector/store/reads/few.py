"""Dear, long and large traces, and those with an error: where an index knows them to be few, it is the way to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, and_, func, literal, literal_column, select, true

from collector.query import Compare, Match, Query, SpanWith, Term, Value
from collector.store.dialect import is_sqlite
from collector.store.filters import TRACE
from collector.store.models import Span
from collector.store.records import Scope, TraceFilter

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
FEW_TO_COUNT = 25000
"""To look at each of so many takes no longer than to walk through the runs of a month."""
FEW_TO_LIST = 2_000
"""Than to walk until a page is full."""
_ZERO: ColumnElement[int] = literal_column("0")
_NONE: ColumnElement[int] = literal_column("-1")
INDEXED: Mapping[str, ColumnElement[Any]] = MappingProxyType(
    {
        "duration": func.coalesce(TRACE.c.duration_ns, _NONE),
        "tokens": func.coalesce(TRACE.c.input_tokens, _ZERO) + func.coalesce(TRACE.c.output_tokens, _ZERO),
        "cost": func.coalesce(TRACE.c.cost_nusd, _NONE),
    }
)
"""As the indexes of these have them."""
_SETTLED = ("ok", "recovered", "failed")
"""Outcomes that stand in the row as they are read; the others depend on the time."""


def few_of(connection: Connection, scope: Scope, query: Query, most: int) -> ColumnElement[bool] | None:
    """What holds for all traces of the query and, with others, for `most` at most, as an index has it; or None.

    For SQLite: PostgreSQL knows by itself how many there are.
    """
    for term in query.terms if is_sqlite(connection.dialect) else ():
        for table, condition in _indexed(term):
            inside = and_(table.c.project_id.in_(scope), condition)
            some = select(literal(1)).where(inside).limit(most + 1).subquery()
            if connection.execute(select(func.count()).select_from(some)).scalar_one() <= most:
                return condition if table is TRACE else TRACE.c.trace_id.in_(select(SPAN.c.trace_id).where(inside))
    return None


def of_outcome(wanted: TraceFilter) -> ColumnElement[bool]:
    """The outcome as an index has it, in the order of starts, where nothing is asked that may have a better one."""
    match wanted.query.terms:
        case (Match("outcome", (Value((outcome,)),), False),) if outcome in _SETTLED and wanted == TraceFilter(
            period=wanted.period, query=wanted.query
        ):
            return TRACE.c.outcome == outcome
    return true()


def _indexed(term: Term) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """What holds for every trace of the term, or for one of its spans, and has an index."""
    if term.negated:
        return
    match term:
        case Compare(field, ">" | ">=", number) if field in INDEXED and number > 0:
            yield TRACE, INDEXED[field] >= literal(number, BigInteger)
        case Match("error", values) if all(value.exact is not None for value in values):
            yield SPAN, SPAN.c.exception_fingerprint.in_([value.exact for value in values])
        case SpanWith(conditions):
            for condition in conditions:
                if isinstance(condition, Match):
                    yield from _indexed(condition)
