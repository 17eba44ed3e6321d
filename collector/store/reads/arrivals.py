"""How much has come since a list was drawn."""

from __future__ import annotations

from sqlalchemy import Engine, func, literal, select

from collector.store.engine import reading
from collector.store.filters import TRACE, matches
from collector.store.records import Scope, TraceFilter

MOST = 100
"""Beyond it nobody counts: "99+"."""
_LOOKED_AT = 2_000


def count_arrivals(engine: Engine, scope: Scope, wanted: TraceFilter, since_ns: int) -> int:
    """Traces that `wanted` means and that came or grew after `since_ns`, up to MOST.

    Looks at the newest arrivals only, so that a page that was open for a week costs no more than one just opened.
    """
    newest = (
        select(TRACE.c.trace_id)
        .where(TRACE.c.project_id.in_(scope), TRACE.c.received_ns > since_ns)
        .order_by(TRACE.c.received_ns.desc())
        .limit(_LOOKED_AT)
    )
    found = select(literal(1)).where(matches(scope, wanted), TRACE.c.trace_id.in_(newest)).limit(MOST)
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())
