"""What a person says of a trace or a span: a star, a note, scores."""

from __future__ import annotations

import time
from dataclasses import asdict, replace

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, select

from collector.errors import NotFound
from collector.store.commands.writing import writing
from collector.store.commit import bump_counter
from collector.store.dialect import lock_traces, upsert_statement
from collector.store.models import Score as ScoreTable
from collector.store.models import TraceNote as TraceNoteTable
from collector.store.records import TraceNote
from collector.store.rows import ScoreRow
from collector.store.selecting import TraceKey

NOTE: Table = TraceNoteTable.__table__  # type: ignore[attr-defined]
SCORE: Table = ScoreTable.__table__  # type: ignore[attr-defined]


def star(engine: Engine, key: TraceKey, is_starred: bool) -> None:
    """Raises StoreUnavailable."""
    _change_note(engine, key, is_starred=is_starred)


def write_note(engine: Engine, key: TraceKey, note: str | None) -> None:
    """Raises StoreUnavailable."""
    _change_note(engine, key, note=note or None)


def put_score(engine: Engine, score: ScoreRow) -> None:
    """In place of the score with the same id. Raises StoreUnavailable."""
    with writing(engine) as connection:
        _upsert(connection, SCORE, asdict(score))
        bump_counter(connection)


def remove_score(engine: Engine, key: TraceKey, score_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    with writing(engine) as connection:
        if not connection.execute(delete(SCORE).where(_of(SCORE, key), SCORE.c.score_id == score_id)).rowcount:
            raise NotFound(f"no score {score_id} on trace {key[1]}")
        bump_counter(connection)


def _change_note(engine: Engine, key: TraceKey, **changes: object) -> None:
    """Two people may star and write at the same time: each changes only what is meant. Nothing marked is no row."""
    with writing(engine) as connection:
        lock_traces(connection, [key])
        stored = connection.execute(select(NOTE).where(_of(NOTE, key))).mappings().first()
        before = TraceNote(**stored) if stored else TraceNote(project_id=key[0], trace_id=key[1])
        after = replace(before, **changes, changed_ns=time.time_ns())  # type: ignore[arg-type]
        if after.is_starred or after.note:
            _upsert(connection, NOTE, asdict(after))
        else:
            connection.execute(delete(NOTE).where(_of(NOTE, key)))
        bump_counter(connection)


def _of(table: Table, key: TraceKey) -> ColumnElement[bool]:
    return and_(table.c.project_id == key[0], table.c.trace_id == key[1])


def _upsert(connection: Connection, table: Table, row: dict[str, object]) -> None:
    statement = upsert_statement(connection.dialect, table)
    connection.exec_driver_sql(statement, tuple(row[column.name] for column in table.columns))
