"""Traces: lists, counts, one of them, and the values to filter by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    RowMapping,
    Select,
    and_,
    func,
    literal_column,
    select,
)

from collector.errors import BadQuery, NotFound
from collector.store.engine import reading, rows_in_time
from collector.store.filters import TRACE, USAGE, matches, outcome_now
from collector.store.keyset import behind, from_cursor, ordered, to_cursor
from collector.store.reads.few import FEW_TO_COUNT, FEW_TO_LIST, few_of, of_outcome
from collector.store.reads.scores import scores_of
from collector.store.reads.trace_order import keys_of, order, place_of, reads_in_order, stretches, types_of
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
MOST_COUNTED = 10_000
NANO = 10**9
SHORTEST_PREFIX = 8
"""Hex digits that nearly always fit one trace only."""
_HEX = frozenset("0123456789abcdef")
_AFTER_HEX = "g"
"""Sorts behind every id that goes on with a hex digit."""

_ZERO: ColumnElement[int] = literal_column("0")


def list_traces(
    engine: Engine,
    scope: Scope,
    wanted: TraceFilter,
    *,
    sort: str = "-start_ns",
    limit: int = 100,
    cursor: str | None = None,
    shows_part: bool = False,
) -> TracePage:
    """A page of traces. `sort` is a key of SORTS, "-" in front for descending; unknown values come last or first, and
    what has the same outcome or workflow by its start.

    Raises BadQuery for an unknown sort or a cursor that is not ours, SearchUnfinished when looking for words took all
    the time before the first was found. shows_part: a page of what was found by then instead, whatever the order; such
    a one has no next. Not for words that must not be said.
    """
    shows_part = shows_part and not wanted.query.denies_words
    column, descending = order(sort)
    limit = max(1, min(limit, MAX_LIMIT))
    place = from_cursor(cursor, types_of(sort)) if cursor else None
    with reading(engine) as connection:
        in_order = reads_in_order(engine, wanted, sort)
        if column is TRACE.c.start_ns:
            matching, column = _by_start(connection, scope, wanted, FEW_TO_LIST)
        else:
            matching = matches(scope, wanted, by_start=not in_order)
        found: list[Row[Any]] = []
        is_all = True
        for keys, inside, at in stretches(keys_of(sort, column), place, descending=descending, in_order=in_order):
            query = _select_traces().add_columns(column.label("sort_value")).where(matching, inside)
            if at:
                query = query.where(behind(keys, at, descending=descending))
            query = query.order_by(*ordered(keys, descending=descending)).limit(limit + 1 - len(found))
            some, is_all = rows_in_time(connection, query, shows_part=shows_part)
            found += some
            if len(found) > limit or not is_all:
                break
    page = [row._mapping for row in found[:limit]]
    with reading(engine) as connection:
        scores = scores_of(connection, scope, [row["trace_id"] for row in page])
    has_next = len(found) > limit if is_all else not shows_part
    last = page[-1] if has_next else None
    return TracePage(
        traces=tuple(_summary(row, scores) for row in page),
        next_cursor=to_cursor(*place_of(sort, last)) if last else None,
        is_unfinished=not is_all,
    )


def _by_start(
    connection: Connection, scope: Scope, wanted: TraceFilter, most: int
) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """The condition, and the start to sort by: in the order of its index, or of few traces that another index has."""
    few = few_of(connection, scope, wanted.query, most)
    if few is None:
        return and_(of_outcome(wanted), matches(scope, wanted)), TRACE.c.start_ns
    return and_(few, matches(scope, wanted, by_start=False)), TRACE.c.start_ns + _ZERO


def neighbours(
    engine: Engine, scope: Scope, wanted: TraceFilter, trace_id: str, *, sort: str = "-start_ns"
) -> tuple[str | None, str | None]:
    """The traces before and after this one in the list; None at its ends. The trace itself need not match."""
    column, descending = order(sort)
    keys = keys_of(sort, column)
    here = select(*keys).where(TRACE.c.project_id.in_(scope), TRACE.c.trace_id == trace_id)
    with reading(engine) as connection:
        place = connection.execute(here.limit(1)).first()

        def nearest(*, descending: bool) -> str | None:
            if place is None:
                return None
            query = select(TRACE.c.trace_id).where(
                matches(scope, wanted), behind(keys, tuple(place), descending=descending)
            )
            return connection.execute(query.order_by(*ordered(keys, descending=descending)).limit(1)).scalar()

        return nearest(descending=not descending), nearest(descending=descending)


def count_traces(engine: Engine, scope: Scope, wanted: TraceFilter) -> OutcomeCounts:
    """How many traces match, by outcome, and what they cost; of more than MOST_COUNTED, the newest.

    A search for words that runs out of time has counted the newest as well.
    """
    one: ColumnElement[int] = literal_column("1")
    counted = (outcome_now().label("outcome"), one.label("traces"), TRACE.c.cost_nusd, TRACE.c.unpriced_spans)
    with reading(engine) as connection:
        matching, start = _by_start(connection, scope, wanted, FEW_TO_COUNT)
        some = select(*counted).where(matching).order_by(start.desc()).limit(MOST_COUNTED + 1)
        rows, is_all = rows_in_time(connection, some if wanted.query.has_text else _by_outcome(some))
    by_outcome: Counter[str] = Counter()
    for row in rows:
        by_outcome[row.outcome] += row.traces
    costs = [row.cost_nusd for row in rows if row.cost_nusd is not None]
    total = by_outcome.total()
    return OutcomeCounts(
        total=min(total, MOST_COUNTED),
        is_capped=total > MOST_COUNTED or not is_all,
        **by_outcome,
        cost_usd=int(sum(costs)) / NANO if costs else None,
        unpriced_spans=int(sum(row.unpriced_spans for row in rows)),
    )


def _by_outcome(traces: Select[Any]) -> Select[Any]:
    some = traces.subquery()
    sums = (func.sum(some.c[name]).label(name) for name in ("traces", "cost_nusd", "unpriced_spans"))
    return select(some.c.outcome, *sums).group_by(some.c.outcome)


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
