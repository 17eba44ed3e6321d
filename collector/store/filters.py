"""Which traces are meant, as SQL conditions over the trace table. Every value is bound."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Table, and_, literal_column

from collector.store.clock import outcome_now
from collector.store.models import Trace, Usage
from collector.store.records import Scope, TraceFilter
from collector.store.search import says, traces_match

__all__ = ["TRACE", "USAGE", "matches", "outcome_now", "says"]

TRACE: Table = Trace.__table__  # type: ignore[attr-defined]
USAGE: Table = Usage.__table__  # type: ignore[attr-defined]


def matches(scope: Scope, wanted: TraceFilter, *, by_start: bool = True) -> ColumnElement[bool]:
    """The condition for traces of `scope` that `wanted` means.

    by_start: whether the index of start times may be used; False leaves the way to an index of another order.
    """
    start = TRACE.c.start_ns if by_start else TRACE.c.start_ns + literal_column("0")
    return and_(TRACE.c.project_id.in_(scope), *_conditions(wanted, start), traces_match(scope, wanted.query))


def _conditions(wanted: TraceFilter, start: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    if wanted.period:
        yield start >= wanted.period.start_ns
        yield start < wanted.period.end_ns
    if wanted.outcomes:
        yield outcome_now().in_(wanted.outcomes)
    for column, values in (
        (TRACE.c.workflow, wanted.workflows),
        (TRACE.c.service, wanted.services),
        (TRACE.c.environment, wanted.environments),
    ):
        if values:
            yield column.in_(values)
    if wanted.session_id:
        yield TRACE.c.session_id == wanted.session_id
    if wanted.user_id:
        yield TRACE.c.user_id == wanted.user_id
