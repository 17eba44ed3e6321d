"""Runs in which a tool was called again and again with the same arguments, the newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, exists, or_, select

from collector.store.filters import TRACE
from collector.store.reads.covering import RAW, cover
from collector.store.records import Loop, Period, Scope
from collector.store.rolled_loops import LOOP_CALLS, Repeated, repeated_between, repeated_of_stretch
from collector.store.rolling import LOOP, STRETCH
from collector.store.sums import FINE_NS, HOUR_NS

MAX_LOOPS = 200
_MOST_REPEATED = 1_000


def find_loops(
    connection: Connection, scope: Scope, period: Period, environment: str | None, *, is_exact: bool
) -> tuple[Loop, ...]:
    """Of the calls of the period; MAX_LOOPS at most. is_exact: there are few calls to look at."""
    if is_exact:
        repeated = [
            found
            for project_id in scope
            for found in repeated_between(connection, project_id, period.start_ns, period.end_ns, environment)
        ]
    else:
        repeated = list(_rolled_and_not(connection, scope, period, environment))
    loops = sorted((found for found in repeated if found.calls >= LOOP_CALLS), key=lambda found: -found.start_ns)
    return _longest(loops[:_MOST_REPEATED])


def _rolled_and_not(
    connection: Connection, scope: Scope, period: Period, environment: str | None
) -> Iterator[Repeated]:
    """Those that reach beyond the period, or have several environments, are counted again."""
    whole: list[Repeated] = []
    again: defaultdict[str, set[str]] = defaultdict(set)
    for found in (*_rolled(connection, scope, period), *_not_rolled(connection, scope, period)):
        if found.last_ns < period.start_ns or found.first_ns >= period.end_ns:
            continue
        is_inside = period.start_ns <= found.first_ns and found.last_ns < period.end_ns
        if not is_inside or (environment and found.is_mixed):
            again[found.project_id].add(found.trace_id)
        elif not environment or found.environment == environment:
            whole.append(found)
    yield from (found for found in whole if found.trace_id not in again[found.project_id])
    for project_id, trace_ids in again.items():
        if trace_ids:
            between = period.start_ns, period.end_ns
            yield from repeated_between(connection, project_id, *between, environment, sorted(trace_ids))


def _rolled(connection: Connection, scope: Scope, period: Period) -> Iterator[Repeated]:
    stretch_ns = LOOP.c.stretch_ns
    holds = [
        exists().where(
            STRETCH.c.project_id == LOOP.c.project_id,
            STRETCH.c.step_ns == step_ns,
            STRETCH.c.start_ns == stretch_ns - stretch_ns % step_ns,
            STRETCH.c.counting.is_(None),
        )
        for step_ns in (HOUR_NS, FINE_NS)
    ]
    newest = (
        select(*(LOOP.c[name] for name in Repeated._fields))
        .where(LOOP.c.project_id.in_(scope), LOOP.c.last_ns >= period.start_ns, LOOP.c.first_ns < period.end_ns)
        .where(or_(*holds))
        .order_by(LOOP.c.last_ns.desc())
        .limit(_MOST_REPEATED)
    )
    return (Repeated(*row) for row in connection.execute(newest))


def _not_rolled(connection: Connection, scope: Scope, period: Period) -> Iterator[Repeated]:
    """Of traces that begin where nothing is rolled, those long before the period too."""
    first = select(TRACE.c.start_ns).where(TRACE.c.project_id.in_(scope)).order_by(TRACE.c.start_ns).limit(1)
    first_ns = connection.execute(first).scalar()
    if first_ns is not None and first_ns < period.end_ns:
        for piece in cover(connection, scope, (first_ns, period.end_ns)):
            if piece.step_ns == RAW:
                yield from repeated_of_stretch(connection, piece.project_id, piece.start_ns, piece.end_ns)


def _longest(loops: Iterable[Repeated]) -> tuple[Loop, ...]:
    """Of an agent's loops over one tool in one run the longest stands for all. loops: the newest first."""
    traces: dict[tuple[str, str], None] = {}
    longest: dict[tuple[str, str | None, str | None], Loop] = {}
    for found in loops:
        if len(traces) == MAX_LOOPS and (found.project_id, found.trace_id) not in traces:
            continue
        traces[found.project_id, found.trace_id] = None
        key = (found.trace_id, found.tool_name, found.agent_name)
        if key not in longest or longest[key].calls < found.calls:
            longest[key] = Loop(
                trace_id=found.trace_id,
                span_id=found.span_id,
                tool_name=found.tool_name,
                agent_name=found.agent_name,
                calls=found.calls,
                start_ns=found.start_ns,
            )
    return tuple(sorted(longest.values(), key=lambda loop: -loop.start_ns)[:MAX_LOOPS])
