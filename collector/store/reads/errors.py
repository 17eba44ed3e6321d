"""Errors by fingerprint. How often one occurred is counted from the spans, through an index that holds errors only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Subquery, Table, and_, func, select

from collector.errors import NotFound
from collector.store.engine import reading
from collector.store.filters import TRACE
from collector.store.models import ErrorGroup as ErrorGroupTable
from collector.store.reads.contents import SPAN
from collector.store.reads.traces import traces_by_id
from collector.store.records import ErrorGroup, ErrorGroups, ErrorRuns, NewError, Period, Scope

GROUP: Table = ErrorGroupTable.__table__  # type: ignore[attr-defined]
MAX_GROUPS = 500
MAX_RUNS = 50
TREND_STEPS = 24
NEW_FOR_NS = 24 * 3600 * 10**9
_NEWEST_SPANS = 500
"""Looked through for the newest runs: a run has the same error on several spans."""
_OF_A_TRACE = and_(TRACE.c.project_id == SPAN.c.project_id, TRACE.c.trace_id == SPAN.c.trace_id)

Key = tuple[str, str]
"""(project_id, fingerprint)."""


def list_error_groups(
    engine: Engine, scope: Scope, period: Period, environment: str | None = None, limit: int = MAX_GROUPS
) -> ErrorGroups:
    """The errors that runs of the period have, those last seen first."""
    seen = and_(
        GROUP.c.project_id.in_(scope), GROUP.c.last_seen_ns >= period.start_ns, GROUP.c.first_seen_ns < period.end_ns
    )
    latest = GROUP.c.last_seen_ns.desc(), GROUP.c.fingerprint
    with reading(engine) as connection:
        rows = connection.execute(select(GROUP).where(seen).order_by(*latest).limit(limit + 1)).mappings().all()
        chosen = select(GROUP.c.project_id, GROUP.c.fingerprint).where(seen).order_by(*latest).limit(limit).subquery()
        groups = _counted(connection, rows[:limit], chosen, period, environment)
    return ErrorGroups(groups=tuple(group for group in groups if group.runs), is_cut=len(rows) > limit)


def get_error_group(
    engine: Engine, scope: Scope, fingerprint: str, period: Period, environment: str | None = None
) -> ErrorGroup:
    """Also when the period has none of it. Raises NotFound."""
    wanted = and_(GROUP.c.project_id.in_(scope), GROUP.c.fingerprint == fingerprint)
    with reading(engine) as connection:
        rows = connection.execute(select(GROUP).where(wanted).limit(1)).mappings().all()
        chosen = select(GROUP.c.project_id, GROUP.c.fingerprint).where(wanted).limit(1).subquery()
        groups = _counted(connection, rows, chosen, period, environment)
    if not groups:
        raise NotFound(f"no error {fingerprint}")
    return groups[0]


def list_error_runs(
    engine: Engine, scope: Scope, fingerprint: str, period: Period, environment: str | None = None
) -> ErrorRuns:
    """The newest runs of the period that have it, MAX_RUNS at most."""
    query = (
        select(SPAN.c.trace_id, SPAN.c.span_id)
        .where(SPAN.c.project_id.in_(scope), _is(fingerprint), *_began_in(period))
        .order_by(SPAN.c.start_ns.desc(), SPAN.c.span_id.desc())
    )
    if environment:
        query = query.join(TRACE, _OF_A_TRACE).where(TRACE.c.environment == environment)
    with reading(engine) as connection:
        found = connection.execute(query.limit(_NEWEST_SPANS)).all()
        trace_ids = list(dict.fromkeys(row.trace_id for row in found))[:MAX_RUNS]
        traces = traces_by_id(connection, scope, trace_ids)
    return ErrorRuns(traces=traces, newest_span=(found[0].trace_id, found[0].span_id) if found else None)


def list_new_errors(engine: Engine, scope: Scope, since_ns: int, limit: int = 10) -> tuple[NewError, ...]:
    """Errors that the collector met for the first time after `since_ns`, the newest first."""
    query = (
        select(GROUP.c.fingerprint, GROUP.c.type, GROUP.c.message, GROUP.c.created_ns)
        .where(GROUP.c.project_id.in_(scope), GROUP.c.created_ns > since_ns)
        .order_by(GROUP.c.created_ns.desc(), GROUP.c.fingerprint)
    )
    with reading(engine) as connection:
        return tuple(NewError(**row) for row in connection.execute(query.limit(limit)).mappings())


def _counted(
    connection: Connection, rows: Sequence[RowMapping], chosen: Subquery, period: Period, environment: str | None
) -> list[ErrorGroup]:
    if not rows:
        return []
    has_it = and_(
        SPAN.c.project_id == chosen.c.project_id,
        SPAN.c.exception_fingerprint == chosen.c.fingerprint,
        SPAN.c.exception_fingerprint.is_not(None),  # lets SQLite use the index of errors
    )
    inside = [*_began_in(period), *([TRACE.c.environment == environment] if environment else [])]
    key = (chosen.c.project_id, chosen.c.fingerprint)
    runs = func.count(func.distinct(SPAN.c.trace_id))
    by_workflow = (
        select(*key, TRACE.c.workflow, runs, func.count())
        .select_from(chosen.join(SPAN, has_it).join(TRACE, _OF_A_TRACE))
        .where(*inside)
        .group_by(*key, TRACE.c.workflow)
    )
    step = ((SPAN.c.start_ns - period.start_ns) // _step_ns(period)).label("step")
    spans = chosen.join(SPAN, has_it)
    by_step = (
        select(*key, step, runs)
        .select_from(spans.join(TRACE, _OF_A_TRACE) if environment else spans)
        .where(*inside)
        .group_by(*key, step.name)  # by name: PostgreSQL doesn't see that two expressions with values are the same
    )
    workflows: defaultdict[Key, list[tuple[str | None, int]]] = defaultdict(list)
    span_counts: defaultdict[Key, int] = defaultdict(int)
    for project_id, fingerprint, workflow, run_count, span_count in connection.execute(by_workflow):
        workflows[project_id, fingerprint].append((workflow, int(run_count)))
        span_counts[project_id, fingerprint] += int(span_count)
    trends: defaultdict[Key, dict[int, int]] = defaultdict(dict)
    for project_id, fingerprint, at, run_count in connection.execute(by_step):
        trends[project_id, fingerprint][int(at)] = int(run_count)
    keys = [(row["project_id"], row["fingerprint"]) for row in rows]
    return [
        _group(row, workflows[key], span_counts[key], trends[key], period) for row, key in zip(rows, keys, strict=True)
    ]


def _group(
    row: RowMapping,
    workflows: Sequence[tuple[str | None, int]],
    spans: int,
    trend: Mapping[int, int],
    period: Period,
) -> ErrorGroup:
    as_stored: dict[str, Any] = {
        name: row[name]
        for name in (
            *("fingerprint", "kind", "type", "message", "state_ns"),
            *("first_seen_ns", "last_seen_ns", "trace_id", "span_id"),
        )
    }
    return ErrorGroup(
        **as_stored,
        project=row["project_id"],
        state=_state(row, period),
        runs=sum(runs for _, runs in workflows),
        spans=spans,
        workflows=tuple(sorted(workflows, key=lambda found: (-found[1], found[0] or ""))),
        trend=tuple(trend.get(step, 0) for step in range(TREND_STEPS)),
    )


def _state(row: RowMapping, period: Period) -> str:
    """What nobody has marked is new for a day, and known from then on."""
    if row["state"] != "open":
        return str(row["state"])
    return "new" if row["first_seen_ns"] >= period.end_ns - NEW_FOR_NS else "known"


def _step_ns(period: Period) -> int:
    return max(1, -(-period.length_ns // TREND_STEPS))


def _is(fingerprint: str) -> ColumnElement[bool]:
    return and_(SPAN.c.exception_fingerprint == fingerprint, SPAN.c.exception_fingerprint.is_not(None))


def _began_in(period: Period) -> tuple[ColumnElement[bool], ...]:
    return SPAN.c.start_ns >= period.start_ns, SPAN.c.start_ns < period.end_ns
