"""Dear, long and large traces: where an index knows that there are few of them, it is the way to them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, func, literal, literal_column, select

from collector.query import Compare, Query
from collector.store.dialect import is_sqlite
from collector.store.filters import TRACE
from collector.store.records import Scope

FEW_TO_COUNT = 25_000
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


def few_of(connection: Connection, scope: Scope, query: Query, most: int) -> ColumnElement[bool] | None:
    """What holds for all traces of the query and, with others, for `most` at most, as an index has it; or None.

    For SQLite: PostgreSQL knows by itself how many there are.
    """
    for term in query.terms if is_sqlite(connection.dialect) else ():
        if not isinstance(term, Compare) or term.negated or term.operator not in (">", ">=") or term.number <= 0:
            continue
        if (value := INDEXED.get(term.field)) is not None:
            reached = value >= literal(term.number, BigInteger)
            some = select(literal(1)).where(TRACE.c.project_id.in_(scope), reached).limit(most + 1).subquery()
            if connection.execute(select(func.count()).select_from(some)).scalar_one() <= most:
                return reached
    return None
