"""Stars and notes of traces."""

from __future__ import annotations

from sqlalchemy import Engine, Table, select

from collector.store.engine import reading
from collector.store.models import TraceNote as TraceNoteTable
from collector.store.records import Scope, TraceNote

NOTE: Table = TraceNoteTable.__table__  # type: ignore[attr-defined]


def get_note(engine: Engine, scope: Scope, project_id: str, trace_id: str) -> TraceNote:
    """What is marked on the trace; an empty note where nothing is, also outside of the scope."""
    query = select(NOTE).where(
        NOTE.c.project_id.in_(scope), NOTE.c.project_id == project_id, NOTE.c.trace_id == trace_id
    )
    with reading(engine) as connection:
        row = connection.execute(query).mappings().first()
    return TraceNote(**row) if row else TraceNote(project_id=project_id, trace_id=trace_id)
