"""What a round of retention would remove."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, func, select

from collector.store.engine import snapshot
from collector.store.filters import USAGE
from collector.store.records import Lifetimes, Pruned, Scope
from collector.store.retention import Step, due, read_mark, steps, too_old


def preview_prune(engine: Engine, scope: Scope, lifetimes: Lifetimes, now_ns: int) -> Pruned:
    """By age alone: what a full database loses is known when it is removed. Raises StoreUnavailable, QueryTimeout."""
    pruned = Pruned()
    with snapshot(engine) as connection:
        for project_id in scope:
            # The last step of its kind takes what the ones before it leave, as far as that is old enough.
            contents: set[str] = set()
            whole: dict[str, int] = {}
            for step in steps(lifetimes, now_ns):
                found = _due(connection, project_id, step)
                whole |= found if step.is_whole else {}
                contents |= set() if step.is_whole else set(found)
            pruned.contents += len(contents - whole.keys())
            pruned.traces += len(whole)
            pruned.spans += sum(whole.values())
            lines = select(func.count()).select_from(USAGE).where(too_old(project_id, lifetimes, now_ns))
            if lifetimes.ledger_months:
                pruned.ledger_lines += connection.execute(lines).scalar_one()
    return pruned


def _due(connection: Connection, project_id: str, step: Step) -> dict[str, int]:
    """trace_id -> spans."""
    query = due(project_id, step, read_mark(connection, project_id, step.name))
    return {row.trace_id: row.span_count for row in connection.execute(query)}
