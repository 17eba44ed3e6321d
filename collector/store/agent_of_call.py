"""Which agent made a call, in SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, select

from collector.store.models import Span

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
_SPANS_ABOVE = 3
"""How far above a call its agent is looked for."""


def agent_of_call() -> ColumnElement[Any]:
    """The agent of a span: it rarely says so itself, but one of the spans above it does."""
    told: list[ColumnElement[Any]] = [SPAN.c.agent_name]
    chain: list[ColumnElement[bool]] = []
    below = SPAN.c.parent_span_id
    for number in range(_SPANS_ABOVE):
        above = SPAN.alias(f"above_{number}")
        same_trace = and_(above.c.project_id == SPAN.c.project_id, above.c.trace_id == SPAN.c.trace_id)
        chain.append(and_(same_trace, above.c.span_id == below))
        told.append(select(above.c.agent_name).where(*chain).correlate(SPAN).scalar_subquery())
        below = above.c.parent_span_id
    return func.coalesce(*told)
