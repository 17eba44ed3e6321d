"""Filling `trace.span_values` in of traces that were stored when it told less, or before there was this column: the
newest first, in turns.

How far that has come lies beside the marks of retention. A filter looks at the spans of a trace whose row doesn't tell
them, so it finds the same at every moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from itertools import compress
from typing import Any

from sqlalchemy import Engine, Table, and_, bindparam, func, or_, select, update

from collector.store.dialect import lock_traces, upsert_statement
from collector.store.engine import reading, snapshot
from collector.store.filters import TRACE
from collector.store.lease import SPAN_VALUES
from collector.store.models import RetentionMark
from collector.store.records import Scope
from collector.store.selecting import TraceKey, rows_of_traces
from collector.store.span_values import WRONG, Told, span_values
from collector.store.turns import Rest, Stopped, Turns

STEP = "span values"
Place = tuple[int, str]
"""Of a trace: received_ns, trace_id."""
_NEWEST: Place = (2**63 - 1, "")
_DONE: Place = (0, "")
MARK: Table = RetentionMark.__table__  # type: ignore[attr-defined]
_IS_WRONG = tuple(f"{column} IS NOT NULL" for column in WRONG.values())
_LOOKED_AT = 1_000
"""Traces, most of which may have their values."""
_SPANS_A_TURN, _MOST_SPANS = 5_000, 100_000
"""A trace with more is left: only to read what its spans say would take a read's time."""
_LACKS = or_(TRACE.c.span_values.is_(None), func.substr(TRACE.c.span_values, 1, 1) == "\n")
"""As `span_values.tells_all` knows it."""
_FILL = (
    update(TRACE)
    .where(
        TRACE.c.project_id == bindparam("project"),
        TRACE.c.trace_id == bindparam("trace"),
        TRACE.c.revision == bindparam("read"),
        _LACKS,
    )
    .values(span_values=bindparam("told"))
)
"""A trace that was written since it was read has them from there."""


def fill_span_values(writer: Engine, reader: Engine, scope: Scope, rest: Rest) -> int:
    """Goes on where the last one stopped; returns how many traces it filled in before it was told to stop.

    Raises StoreUnavailable, also while another process fills.
    """
    turns, filled = Turns(writer, SPAN_VALUES, rest, is_calm=True), 0
    with suppress(Stopped):
        for project_id in scope:
            at = _come_to(reader, project_id)
            while at != _DONE:
                lacking, at = _next_traces(reader, project_id, at, turns.size)
                filled += _fill(turns, project_id, _told(reader, lacking), at)
    if turns.longest_s:
        turns.end()
    return filled


def _come_to(reader: Engine, project_id: str) -> Place:
    query = select(MARK.c.received_ns, MARK.c.trace_id).where(MARK.c.project_id == project_id, MARK.c.step == STEP)
    with reading(reader) as connection:
        row = connection.execute(query).first()
    return (row.received_ns, row.trace_id) if row else _NEWEST


def _next_traces(reader: Engine, project_id: str, at: Place, most: int) -> tuple[list[TraceKey], Place]:
    """Those that lack their values of the next ones, and where these end."""
    received_ns, trace_id = TRACE.c.received_ns, TRACE.c.trace_id
    before = or_(received_ns < at[0], and_(received_ns == at[0], trace_id < at[1]))
    query = (
        select(trace_id, received_ns, TRACE.c.span_count, _LACKS.label("is_lacking"))
        .where(TRACE.c.project_id == project_id, received_ns <= at[0], before)
        .order_by(received_ns.desc(), trace_id.desc())
        .limit(_LOOKED_AT)
    )
    lacking: list[TraceKey] = []
    spans = looked_at = 0
    with reading(reader) as connection:
        for row in connection.execute(query):
            looked_at += 1
            at = row.received_ns, row.trace_id
            if row.is_lacking and row.span_count <= _MOST_SPANS:
                lacking.append((project_id, row.trace_id))
                spans += row.span_count
                if len(lacking) >= most or spans > _SPANS_A_TURN:
                    return lacking, at
    return lacking, at if looked_at == _LOOKED_AT else _DONE


def _told(reader: Engine, keys: Sequence[TraceKey]) -> list[dict[str, Any]]:
    """What the spans of the traces say, as parameters of _FILL."""
    values: defaultdict[TraceKey, set[Told]] = defaultdict(set)
    wrong: defaultdict[TraceKey, set[str]] = defaultdict(set)
    columns = ("DISTINCT project_id", "trace_id", "kind", "agent_name", "provider", "tool_name", *_IS_WRONG)
    with snapshot(reader) as connection:
        revisions = {
            (row[0], row[1]): row[2]
            for row in rows_of_traces(connection, "trace", ("project_id", "trace_id", "revision"), keys)
        }
        for project_id, trace_id, kind, agent_name, provider, tool_name, *is_wrong in rows_of_traces(
            connection, "span", columns, keys
        ):
            values[project_id, trace_id].add((kind, agent_name, provider, tool_name))
            wrong[project_id, trace_id].update(compress(WRONG, is_wrong))
    return [
        {"project": key[0], "trace": key[1], "read": revisions[key], "told": span_values(values[key], wrong[key])}
        for key in revisions
        if key in values
    ]


def _fill(turns: Turns, project_id: str, told: Sequence[dict[str, Any]], at: Place) -> int:
    """at: how far the project has come with them."""
    with turns.turn() as connection:
        turns.done = len(told)
        lock_traces(connection, [(one["project"], one["trace"]) for one in told])
        if told:
            connection.execute(_FILL, told)
        connection.exec_driver_sql(upsert_statement(connection.dialect, MARK), (project_id, STEP, *at))
    return len(told)
