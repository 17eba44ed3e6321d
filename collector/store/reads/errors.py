"""Errors by fingerprint, with how often each occurred in a period."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Engine, RowMapping, Table, and_, select

from collector.errors import NotFound
from collector.store.engine import reading, snapshot
from collector.store.filters import TRACE
from collector.store.models import ErrorGroup as ErrorGroupTable
from collector.store.reads.contents import SPAN
from collector.store.reads.error_counts import ErrorCounts, count_errors
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


def list_error_groups(
    engine: Engine, scope: Scope, period: Period, environment: str | None = None, limit: int = MAX_GROUPS
) -> ErrorGroups:
    """The errors that runs of the period have, those last seen first."""
    seen = and_(
        GROUP.c.project_id.in_(scope), GROUP.c.last_seen_ns >= period.start_ns, GROUP.c.first_seen_ns < period.end_ns
    )
    latest = GROUP.c.last_seen_ns.desc(), GROUP.c.fingerprint
    with snapshot(engine) as connection:
        rows = connection.execute(select(GROUP).where(seen).order_by(*latest).limit(limit + 1)).mappings().all()
        counts = count_errors(connection, scope, _steps(period), environment) if rows else {}
    groups = [_group(row, counts.get((row["project_id"], row["fingerprint"])), period) for row in rows[:limit]]
    return ErrorGroups(groups=tuple(group for group in groups if group.runs), is_cut=len(rows) > limit)


def get_error_group(
    engine: Engine, scope: Scope, fingerprint: str, period: Period, environment: str | None = None
) -> ErrorGroup:
    """Also when the period has none of it. Raises NotFound."""
    wanted = and_(GROUP.c.project_id.in_(scope), GROUP.c.fingerprint == fingerprint)
    with snapshot(engine) as connection:
        row = connection.execute(select(GROUP).where(wanted).limit(1)).mappings().first()
        if row is None:
            raise NotFound(f"no error {fingerprint}")
        of_project = Scope((row["project_id"],))
        counts = count_errors(connection, of_project, _steps(period), environment, fingerprint)
    return _group(row, counts.get((row["project_id"], fingerprint)), period)


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


def _group(row: RowMapping, found: ErrorCounts | None, period: Period) -> ErrorGroup:
    counts = found or ErrorCounts()
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
        runs=sum(counts.workflows.values()),
        spans=counts.spans,
        workflows=tuple(sorted(counts.workflows.items(), key=lambda told: (-told[1], told[0] or ""))),
        trend=tuple(counts.steps[step] for step in range(TREND_STEPS)),
    )


def _state(row: RowMapping, period: Period) -> str:
    """What nobody has marked is new for a day, and known from then on."""
    if row["state"] != "open":
        return str(row["state"])
    return "new" if row["first_seen_ns"] >= period.end_ns - NEW_FOR_NS else "known"


def _steps(period: Period) -> list[int]:
    """Where the steps of a trend begin, and the end."""
    step_ns = max(1, -(-period.length_ns // TREND_STEPS))
    return [min(period.start_ns + step * step_ns, period.end_ns) for step in range(TREND_STEPS + 1)]


def _is(fingerprint: str) -> ColumnElement[bool]:
    return and_(SPAN.c.exception_fingerprint == fingerprint, SPAN.c.exception_fingerprint.is_not(None))


def _began_in(period: Period) -> tuple[ColumnElement[bool], ...]:
    return SPAN.c.start_ns >= period.start_ns, SPAN.c.start_ns < period.end_ns
