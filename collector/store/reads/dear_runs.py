"""The dearest traces of a report."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
from sqlalchemy import Connection, Engine, and_, func, literal_column, or_, select

from collector.store.engine import snapshot
from collector.store.filters import TRACE, USAGE
from collector.store.reads.ledger import OF_TRACES, parts
from collector.store.records import Scope
from collector.store.records.costs import CostQuestion, DearRun

_A_LOOK = 200
_LOOKS = 5
_Key = tuple[str, str]


def list_dear_runs(engine: Engine, scope: Scope, question: CostQuestion, limit: int = 20) -> tuple[DearRun, ...]:
    """The traces whose calls cost most in the period, the dearest first. Those that retention took are left out."""
    with snapshot(engine) as connection:
        found = _by_traces(connection, scope, question, limit)
        if found is None:
            found = _spent(connection, scope, question, None, limit)
        return _described(connection, found)[:limit]


def _by_traces(
    connection: Connection, scope: Scope, question: CostQuestion, limit: int
) -> dict[_Key, tuple[int, int]] | None:
    """Along the index of what traces cost in all: no trace cost more in the period. None where that takes too long."""
    found: dict[_Key, tuple[int, int]] = {}
    for keys, least_nusd in _candidates(connection, scope, question):
        found |= _spent(connection, scope, question, keys, limit)
        best = sorted((nusd for nusd, _ in found.values()), reverse=True)
        if least_nusd is None or (len(best) >= limit and best[limit - 1] >= least_nusd):
            return found
    return None


def _candidates(
    connection: Connection, scope: Scope, question: CostQuestion
) -> Iterator[tuple[list[_Key], int | None]]:
    """Traces that were there in the period, the dearest first; with the least that those before the next cost, None
    when there is no next."""
    if len(scope) != 1:
        return
    cost = func.coalesce(TRACE.c.cost_nusd, literal_column("-1"))
    period, last = question.now, None
    for _ in range(_LOOKS):
        query = select(TRACE.c.project_id, TRACE.c.trace_id, cost.label("cost")).where(
            TRACE.c.project_id.in_(scope),
            TRACE.c.start_ns < period.end_ns,
            or_(TRACE.c.end_ns.is_(None), TRACE.c.end_ns >= period.start_ns),
            cost > 0,
        )
        if last is not None:
            query = query.where(or_(cost < last[0], and_(cost == last[0], TRACE.c.trace_id < last[1])))
        rows = connection.execute(query.order_by(cost.desc(), TRACE.c.trace_id.desc()).limit(_A_LOOK)).all()
        keys = [(row[0], row[1]) for row in rows]
        if len(rows) < _A_LOOK:
            yield keys, None
            return
        last = (rows[-1][2], rows[-1][1])
        yield keys, int(last[0])


def _spent(
    connection: Connection, scope: Scope, question: CostQuestion, keys: list[_Key] | None, limit: int
) -> dict[_Key, tuple[int, int]]:
    """Cost and calls in the period, of these traces or of the dearest."""
    asked = [wanted.dimension for wanted in question.where]
    [part] = parts(connection, scope, question.now, [*asked, *OF_TRACES])
    key, cost = (USAGE.c.project_id, USAGE.c.trace_id), func.sum(USAGE.c.cost_nusd)
    query = select(*key, cost, func.sum(USAGE.c.calls)).select_from(part.source).where(part.where(question.where))
    if keys is not None:
        if not keys:
            return {}
        query = query.where(USAGE.c.trace_id.in_([trace_id for _, trace_id in keys]))
    query = query.group_by(*key).having(cost > 0).order_by(cost.desc(), USAGE.c.trace_id).limit(2 * limit)
    return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in connection.execute(query)}


def _described(connection: Connection, found: dict[_Key, tuple[int, int]]) -> tuple[DearRun, ...]:
    columns = ("project_id", "trace_id", "workflow", "start_ns", "user_id", "models")
    if not found:
        return ()
    projects, trace_ids = ({key[at] for key in found} for at in (0, 1))
    query = select(*(TRACE.c[name] for name in columns)).where(
        TRACE.c.project_id.in_(projects), TRACE.c.trace_id.in_(trace_ids)
    )
    runs = [
        DearRun(
            trace_id=trace_id,
            workflow=workflow,
            start_ns=start_ns,
            user=user,
            models=tuple(orjson.loads(models)),
            calls=found[project_id, trace_id][1],
            cost_nusd=found[project_id, trace_id][0],
        )
        for project_id, trace_id, workflow, start_ns, user, models in connection.execute(query)
        if (project_id, trace_id) in found
    ]
    return tuple(sorted(runs, key=lambda run: (-run.cost_nusd, run.trace_id)))
