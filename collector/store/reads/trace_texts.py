"""What the spans of one trace say, from the span table alone: no payload is read."""

from __future__ import annotations

from sqlalchemy import Engine, or_, select

from collector.store.engine import reading
from collector.store.reads.contents import SPAN
from collector.store.records import Scope


def find_in_previews(engine: Engine, scope: Scope, trace_id: str, text: str) -> frozenset[str]:
    """span_ids of the spans whose preview of input or output has the text; upper and lower case are the same.

    A preview is the first 200 characters.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return frozenset()
    previews = (SPAN.c.input_preview, SPAN.c.output_preview)
    query = select(SPAN.c.span_id, *previews).where(
        SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id, or_(*(said.is_not(None) for said in previews))
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return frozenset(
        span_id for span_id, *said in rows if any(wanted in preview.casefold() for preview in said if preview)
    )


def list_argument_hashes(engine: Engine, scope: Scope, trace_id: str) -> dict[str, str]:
    """By span_id what tells the arguments of a tool's call from others; of calls that told their arguments."""
    query = select(SPAN.c.span_id, SPAN.c.arguments_hash).where(
        SPAN.c.project_id.in_(scope), SPAN.c.trace_id == trace_id, SPAN.c.arguments_hash.is_not(None)
    )
    with reading(engine) as connection:
        return {row.span_id: row.arguments_hash for row in connection.execute(query)}
