"""Traces: lists, counts, one of them, and the values to filter by."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, and_, func, or_, select

from collector.errors import BadQuery, NotFound
from collector.store.engine import reading
from collector.store.filters import TRACE, USAGE, matches, outcome_now
from collector.store.reads.scores import scores_of
from collector.store.records import (
    Facets,
    OutcomeCounts,
    Period,
    Scope,
    Score,
    TraceFilter,
    TracePage,
    TraceSummary,
)

MAX_LIMIT = 1_000
MAX_FACETS = 50
NANO = 10**9
SHORTEST_PREFIX = 8
"""Hex digits that nearly always fit one trace only."""
_HEX = frozenset("0123456789abcdef")
_AFTER_HEX = "g"
"""Sorts behind every id that goes on with a hex digit."""

TOTAL_TOKENS = func.coalesce(TRACE.c.input_tokens, 0) + func.coalesce(TRACE.c.output_tokens, 0)
SORTS: dict[str, ColumnElement[int]] = {
    "start_ns": TRACE.c.start_ns,
    "duration_ms": func.coalesce(TRACE.c.duration_ns, -1),
    "total_tokens": TOTAL_TOKENS,
    "cost_usd": func.coalesce(TRACE.c.cost_nusd, -1),
}


def list_traces(
    engine: Engine,
    scope: Scope,
    wanted: TraceFilter,
    *,
    sort: str = "-start_ns",
    limit: int = 100,
    cursor: str | None = None,
) -> TracePage:
    """A page of traces. `sort` is a key of SORTS, "-" in front for descending; unknown values come last or first.

    Raises BadQuery for an unknown sort or a cursor that is not ours.
    """
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        raise BadQuery(f"sort: expected one of {', '.join(SORTS)}, with - in front for descending; got {sort!r}")
    descending = sort.startswith("-")
    limit = max(1, min(limit, MAX_LIMIT))
    query = _select_traces().add_columns(column.label("sort_value")).where(matches(scope, wanted))
    if cursor:
        query = query.where(_after(column, cursor, descending))
    order = (column.desc(), TRACE.c.trace_id.desc()) if descending else (column.asc(), TRACE.c.trace_id.asc())
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(*order).limit(limit + 1)).mappings().all()
        page = rows[:limit]
        scores = scores_of(connection, scope, [row["trace_id"] for row in page])
    more = len(rows) > limit
    return TracePage(
        traces=tuple(_summary(row, scores) for row in page),
        next_cursor=_cursor(page[-1]["sort_value"], page[-1]["trace_id"]) if more else None,
    )


def count_traces(engine: Engine, scope: Scope, wanted: TraceFilter) -> OutcomeCounts:
    """How many traces match, by outcome, and what they cost."""
    outcome = outcome_now()
    query = select(
        outcome.label("outcome"),
        func.count().label("traces"),
        func.sum(TRACE.c.cost_nusd).label("cost_nusd"),
        func.sum(TRACE.c.unpriced_spans).label("unpriced_spans"),
    ).where(matches(scope, wanted))
    with reading(engine) as connection:
        # By position: PostgreSQL doesn't see that two CASE expressions with bound values are the same one.
        rows = connection.execute(query.group_by(outcome.label("outcome").name)).all()
    by_outcome = {row.outcome: row.traces for row in rows}
    costs = [row.cost_nusd for row in rows if row.cost_nusd is not None]
    return OutcomeCounts(
        total=sum(by_outcome.values()),
        **by_outcome,
        cost_usd=int(sum(costs)) / NANO if costs else None,
        unpriced_spans=int(sum(row.unpriced_spans for row in rows)),
    )


def get_trace(engine: Engine, scope: Scope, trace_id: str) -> TraceSummary:
    """Raises NotFound when the caller's projects have no such trace."""
    query = _select_traces().where(TRACE.c.project_id.in_(scope), TRACE.c.trace_id == trace_id)
    with reading(engine) as connection:
        row = connection.execute(query.limit(1)).mappings().first()
        scores = scores_of(connection, scope, [trace_id])
    if row is None:
        raise NotFound(f"no trace {trace_id}")
    return _summary(row, scores)


def traces_by_id(connection: Connection, scope: Scope, trace_ids: Sequence[str]) -> tuple[TraceSummary, ...]:
    """Those of them that there are, in the given order; not more than a query can name."""
    query = _select_traces().where(TRACE.c.project_id.in_(scope), TRACE.c.trace_id.in_(trace_ids))
    rows = connection.execute(query).mappings().all() if trace_ids else ()
    scores = scores_of(connection, scope, list(trace_ids)) if trace_ids else {}
    found = {row["trace_id"]: _summary(row, scores) for row in rows}
    return tuple(found[trace_id] for trace_id in trace_ids if trace_id in found)


def find_trace_id(engine: Engine, scope: Scope, prefix: str) -> str:
    """The id of the one trace that `prefix`, its first hex digits, fits.

    Raises NotFound when none does, BadQuery for fewer than SHORTEST_PREFIX digits and when several do.
    """
    if len(prefix) < SHORTEST_PREFIX or not set(prefix) <= _HEX:
        raise BadQuery(f"trace id: expected at least {SHORTEST_PREFIX} hex digits, got {prefix!r}")
    begins = and_(TRACE.c.trace_id >= prefix, TRACE.c.trace_id < prefix + _AFTER_HEX)
    query = select(TRACE.c.trace_id).distinct().where(TRACE.c.project_id.in_(scope), begins)
    with reading(engine) as connection:
        found = connection.execute(query.limit(2)).scalars().all()
    if not found:
        raise NotFound(f"no trace {prefix}")
    if len(found) > 1:
        raise BadQuery(f"several traces begin with {prefix}")
    return str(found[0])


def list_facets(engine: Engine, scope: Scope, period: Period) -> Facets:
    """What the traces of a period have been: workflows, models, services, environments with their counts."""
    inside = and_(TRACE.c.project_id.in_(scope), TRACE.c.start_ns >= period.start_ns, TRACE.c.start_ns < period.end_ns)
    joined = and_(USAGE.c.project_id == TRACE.c.project_id, USAGE.c.trace_id == TRACE.c.trace_id)
    runs = func.count(func.distinct(TRACE.c.trace_id))
    models = (
        select(USAGE.c.model, runs).select_from(USAGE.join(TRACE, joined)).where(inside, USAGE.c.model.is_not(None))
    )
    with reading(engine) as connection:

        def values(query: Select[Any], column: ColumnElement[Any]) -> tuple[tuple[str, int], ...]:
            ordered = query.group_by(column).order_by(runs.desc(), column).limit(MAX_FACETS)
            return tuple((value, int(count)) for value, count in connection.execute(ordered))

        def of_trace(column: ColumnElement[Any]) -> tuple[tuple[str, int], ...]:
            return values(select(column, runs).where(inside, column.is_not(None)), column)

        return Facets(
            workflows=of_trace(TRACE.c.workflow),
            models=values(models, USAGE.c.model),
            services=of_trace(TRACE.c.service),
            environments=of_trace(TRACE.c.environment),
        )


def _select_traces() -> Select[Any]:
    plain = [column for column in TRACE.columns if column.name != "outcome"]
    return select(*plain, outcome_now().label("outcome"))


def _summary(row: RowMapping, scores: Mapping[tuple[str, str], Sequence[Score]]) -> TraceSummary:
    known = [row[name] for name in ("input_tokens", "output_tokens") if row[name] is not None]
    return TraceSummary(
        trace_id=row["trace_id"],
        project=row["project_id"],
        name=row["name"],
        workflow=row["workflow"],
        service=row["service"],
        environment=row["environment"],
        version=row["version"],
        outcome=row["outcome"],
        error=row["error"],
        input_preview=row["input_preview"],
        output_preview=row["output_preview"],
        start_ns=row["start_ns"],
        end_ns=row["end_ns"],
        duration_ms=None if row["duration_ns"] is None else row["duration_ns"] / 1e6,
        span_count=row["span_count"],
        error_count=row["error_count"],
        llm_calls=row["llm_calls"],
        tool_calls=row["tool_calls"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cache_read_tokens=row["cache_read_tokens"],
        cache_write_tokens=row["cache_write_tokens"],
        reasoning_tokens=row["reasoning_tokens"],
        total_tokens=sum(known) if known else None,
        cost_usd=None if row["cost_nusd"] is None else row["cost_nusd"] / NANO,
        unpriced_spans=row["unpriced_spans"],
        models=tuple(orjson.loads(row["models"])),
        session_id=row["session_id"],
        user_id=row["user_id"],
        tags=tuple(orjson.loads(row["tags"])),
        dimensions=orjson.loads(row["dimensions"] or "{}"),
        scores=tuple(scores.get((row["project_id"], row["trace_id"]), ())),
    )


def _cursor(sort_value: int, trace_id: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort_value, trace_id])).decode()


def _after(column: ColumnElement[int], cursor: str, descending: bool) -> ColumnElement[bool]:
    try:
        value, trace_id = _parse_cursor(orjson.loads(base64.urlsafe_b64decode(cursor)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadQuery("cursor: not one that this server handed out") from error
    if descending:
        return or_(column < value, and_(column == value, TRACE.c.trace_id < trace_id))
    return or_(column > value, and_(column == value, TRACE.c.trace_id > trace_id))


def _parse_cursor(parsed: Sequence[object]) -> tuple[int, str]:
    value, trace_id = parsed
    if not isinstance(value, int) or not isinstance(trace_id, str):
        raise ValueError(parsed)
    return value, trace_id
