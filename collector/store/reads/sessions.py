"""Sessions and users, from the rows of their traces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, and_, case, func, or_, select, true

from collector.errors import NotFound
from collector.store.engine import reading, snapshot
from collector.store.filters import TRACE, matches
from collector.store.reads.trace_order import TOTAL_TOKENS
from collector.store.reads.traces import NANO, traces_by_id
from collector.store.records import Scope, SessionSummary, TraceFilter, TraceSummary, UserRun, UserSummary

PAGE_TURNS = 20
MAX_LISTED = 1_000
MAX_USER_RUNS = 20_000
_MAX_WORKFLOWS = 5
_NEWEST_TRACES = 2_000

_KNOWN_TOKENS = func.count(TRACE.c.input_tokens) + func.count(TRACE.c.output_tokens)
_SUMS = (
    func.min(TRACE.c.start_ns).label("first_ns"),
    func.max(TRACE.c.start_ns).label("last_ns"),
    func.count().label("runs"),
    func.sum(case((TRACE.c.outcome == "failed", 1), else_=0)).label("failed"),
    func.sum(case((TRACE.c.outcome == "recovered", 1), else_=0)).label("recovered"),
    func.sum(TOTAL_TOKENS).label("tokens"),
    _KNOWN_TOKENS.label("known_tokens"),
    func.sum(TRACE.c.cost_nusd).label("cost_nusd"),
    func.sum(TRACE.c.unpriced_spans).label("unpriced_spans"),
)


def list_sessions(
    engine: Engine, scope: Scope, wanted: TraceFilter, part: str = "", limit: int = 100
) -> tuple[SessionSummary, ...]:
    """Sessions of the traces that are meant, those last seen first; their figures are of these traces.

    part: of the session's id or of the user's.
    """
    query = _sums_by(TRACE.c.session_id, scope, wanted).add_columns(func.max(TRACE.c.user_id).label("user_id"))
    has_part = or_(_has(TRACE.c.session_id, part), _has(TRACE.c.user_id, part)) if part else true()
    with snapshot(engine) as connection:
        newest = _newest(connection, TRACE.c.session_id, and_(matches(scope, wanted), has_part), limit)
        some = query.where(has_part, newest)
        rows = connection.execute(_latest(some, TRACE.c.session_id, limit)).mappings().all()
        workflows = _workflows(connection, scope, wanted, [row["id"] for row in rows])
    return tuple(_session(row, workflows[row["id"]]) for row in rows)


def get_session(engine: Engine, scope: Scope, session_id: str) -> SessionSummary:
    """The whole of it, whatever the period. Raises NotFound."""
    found = list_sessions(engine, scope, TraceFilter(session_id=session_id), limit=1)
    if not found:
        raise NotFound(f"no session {session_id}")
    return found[0]


def list_turns(engine: Engine, scope: Scope, session_id: str, newest: int = PAGE_TURNS) -> tuple[TraceSummary, ...]:
    """The newest runs of a session, in the order in which they began."""
    query = (
        select(TRACE.c.trace_id)
        .where(matches(scope, TraceFilter(session_id=session_id)))
        .order_by(TRACE.c.start_ns.desc(), TRACE.c.trace_id.desc())
        .limit(newest)
    )
    with reading(engine) as connection:
        trace_ids = connection.execute(query).scalars().all()
        return traces_by_id(connection, scope, list(reversed(trace_ids)))


def list_users(
    engine: Engine, scope: Scope, wanted: TraceFilter, part: str = "", limit: int = 100
) -> tuple[UserSummary, ...]:
    """Users of the traces that are meant, those last seen first; their figures are of these traces.

    part: of the user's id.
    """
    sessions = func.count(func.distinct(TRACE.c.session_id)).label("sessions")
    query = _sums_by(TRACE.c.user_id, scope, wanted).add_columns(sessions)
    has_part = _has(TRACE.c.user_id, part) if part else true()
    with snapshot(engine) as connection:
        newest = _newest(connection, TRACE.c.user_id, and_(matches(scope, wanted), has_part), limit)
        rows = connection.execute(_latest(query.where(has_part, newest), TRACE.c.user_id, limit)).mappings().all()
    return tuple(
        UserSummary(user_id=row["id"], runs=row["runs"], sessions=row["sessions"], **_sums(row)) for row in rows
    )


def list_user_runs(engine: Engine, scope: Scope, wanted: TraceFilter) -> tuple[UserRun, ...]:
    """The newest MAX_USER_RUNS of the traces that are meant."""
    columns = (TRACE.c.start_ns, TRACE.c.session_id, TRACE.c.outcome, TRACE.c.cost_nusd)
    query = select(*columns).where(matches(scope, wanted)).order_by(TRACE.c.start_ns.desc()).limit(MAX_USER_RUNS)
    with reading(engine) as connection:
        return tuple(
            UserRun(start_ns=row.start_ns, session_id=row.session_id, outcome=row.outcome, cost_usd=_usd(row.cost_nusd))
            for row in connection.execute(query)
        )


def _sums_by(column: ColumnElement[Any], scope: Scope, wanted: TraceFilter) -> Select[Any]:
    return select(column.label("id"), *_SUMS).where(matches(scope, wanted)).group_by(column)


def _newest(
    connection: Connection, column: ColumnElement[Any], wanted: ColumnElement[bool], limit: int
) -> ColumnElement[bool]:
    """That a trace is of one of the `limit` sessions or users last seen, where the newest traces tell: then only
    theirs are summed up. Else that it has one; to say both would lead SQLite through the index of all."""
    query = select(column, TRACE.c.start_ns).where(wanted, column.is_not(None)).order_by(TRACE.c.start_ns.desc())
    last_ns: dict[str, int] = {}
    for name, start_ns in connection.execute(query.limit(_NEWEST_TRACES)):
        last_ns.setdefault(name, start_ns)
    ordered = list(last_ns.values())
    if len(ordered) <= limit:
        return column.is_not(None)
    return column.in_([name for name, start_ns in last_ns.items() if start_ns >= ordered[limit - 1]])


def _has(column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    return column.icontains(part, autoescape=True)


def _latest(query: Select[Any], column: ColumnElement[Any], limit: int) -> Select[Any]:
    return query.order_by(func.max(TRACE.c.start_ns).desc(), column).limit(min(limit, MAX_LISTED))


def _workflows(
    connection: Connection, scope: Scope, wanted: TraceFilter, session_ids: Sequence[str]
) -> defaultdict[str, list[str]]:
    """The workflows of each session, by name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    query = (
        select(TRACE.c.session_id, TRACE.c.workflow)
        .distinct()
        .where(matches(scope, wanted), TRACE.c.session_id.in_(session_ids), TRACE.c.workflow.is_not(None))
        .order_by(TRACE.c.workflow)
    )
    if session_ids:
        for session_id, workflow in connection.execute(query):
            found[session_id].append(workflow)
    return found


def _session(row: RowMapping, workflows: Sequence[str]) -> SessionSummary:
    return SessionSummary(
        session_id=row["id"],
        user_id=row["user_id"],
        turns=row["runs"],
        workflows=tuple(workflows[:_MAX_WORKFLOWS]),
        **_sums(row),
    )


def _sums(row: RowMapping) -> dict[str, Any]:
    return {
        "first_ns": row["first_ns"],
        "last_ns": row["last_ns"],
        "failed": int(row["failed"]),
        "recovered": int(row["recovered"]),
        "total_tokens": int(row["tokens"]) if row["known_tokens"] else None,
        "cost_usd": _usd(row["cost_nusd"]),
        "unpriced_spans": int(row["unpriced_spans"]),
    }


def _usd(nano: int | None) -> float | None:
    return None if nano is None else int(nano) / NANO
