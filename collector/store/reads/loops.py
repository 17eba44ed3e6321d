"""Runs in which a tool was called again and again with the same arguments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, literal_column, select

from collector.store.filters import TRACE
from collector.store.reads.contents import SPAN
from collector.store.reads.covering import RAW, cover
from collector.store.records import Loop, Period, Scope
from collector.store.rolled_loops import LOOP_CALLS, loops_of_stretch
from collector.store.rolling import LOOP, STRETCH
from collector.store.selecting import SpanKey, TraceKey, rows_of_spans
from collector.store.sums import HOUR_NS

MAX_LOOPS = 200
_TRACES_A_LOOK = 250
_MOST_LOOKED_AT = 1_000
"""Runs, the newest."""


class _Call(NamedTuple):
    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    start_ns: int
    agent_name: str | None
    tool_name: str | None
    arguments_hash: str | None



def find_loops(
    connection: Connection, scope: Scope, period: Period, environment: str | None, *, is_exact: bool
) -> tuple[Loop, ...]:
    """Of the calls of the period, the newest first; MAX_LOOPS at most. is_exact: there are few calls to look at."""
    maybe = _repeated(connection, scope, period) if is_exact else _rolled(connection, scope, period)
    keys = [key for key, _ in sorted(maybe.items(), key=lambda found: (-found[1], found[0]))][:_MOST_LOOKED_AT]
    loops: list[list[_Call]] = []
    for at in range(0, len(keys), _TRACES_A_LOOK):
        loops += _loops(_calls(connection, keys[at : at + _TRACES_A_LOOK], period, environment))
        if len({(calls[0].project_id, calls[0].trace_id) for calls in loops}) >= MAX_LOOPS:
            break
    return _with_agents(connection, sorted(loops, key=lambda calls: -calls[-1].start_ns))


def _repeated(connection: Connection, scope: Scope, period: Period) -> dict[TraceKey, int]:
    """Traces that may have a loop, with when its last call began."""
    key = (SPAN.c.project_id, SPAN.c.trace_id)
    query = (
        select(*key, func.max(SPAN.c.start_ns))
        .where(
            SPAN.c.project_id.in_(scope),
            SPAN.c.kind == "tool",
            SPAN.c.start_ns >= period.start_ns,
            SPAN.c.start_ns < period.end_ns,
            SPAN.c.arguments_hash.is_not(None),
        )
        .group_by(*key, SPAN.c.tool_name, SPAN.c.arguments_hash)
        .having(func.count() >= LOOP_CALLS)
    )
    found: defaultdict[TraceKey, int] = defaultdict(int)
    for project_id, trace_id, last_ns in connection.execute(query):
        found[project_id, trace_id] = max(last_ns, found[project_id, trace_id])
    return found


def _rolled(connection: Connection, scope: Scope, period: Period) -> dict[TraceKey, int]:
    """The same, with the last of its calls whenever that was: as the hours know it in which the traces began."""
    holds = and_(
        STRETCH.c.project_id == LOOP.c.project_id, STRETCH.c.step_ns == HOUR_NS, STRETCH.c.start_ns == LOOP.c.hour_ns
    )
    newest = (
        select(LOOP.c.project_id, LOOP.c.trace_id, LOOP.c.last_ns)
        .join(STRETCH, holds)
        .where(LOOP.c.project_id.in_(scope), LOOP.c.last_ns >= period.start_ns, LOOP.c.first_ns < period.end_ns)
        .order_by(LOOP.c.last_ns.desc())
        .limit(_MOST_LOOKED_AT)
    )
    found = {(project_id, trace_id): last_ns for project_id, trace_id, last_ns in connection.execute(newest)}
    first = select(TRACE.c.start_ns).where(TRACE.c.project_id.in_(scope)).order_by(TRACE.c.start_ns).limit(1)
    first_ns = connection.execute(first).scalar()
    if first_ns is not None and first_ns < period.end_ns:
        for piece in cover(connection, scope, (first_ns, period.end_ns)):
            if piece.step_ns == RAW:
                for maybe in loops_of_stretch(connection, piece.project_id, piece.start_ns, piece.end_ns):
                    if maybe.last_ns >= period.start_ns and maybe.first_ns < period.end_ns:
                        found[piece.project_id, maybe.trace_id] = maybe.last_ns
    return found


def _calls(
    connection: Connection, keys: Sequence[TraceKey], period: Period, environment: str | None
) -> Iterator[_Call]:
    """Those of the traces' calls that are repeated within the period."""
    alike = (SPAN.c.project_id, SPAN.c.trace_id, SPAN.c.tool_name, SPAN.c.arguments_hash)
    repeated = func.count().over(partition_by=alike).label("repeated")
    start = SPAN.c.start_ns + literal_column("0")  # no index of times: few traces are asked for
    for project_id in dict.fromkeys(project_id for project_id, _ in keys):
        query = select(*(SPAN.c[name] for name in _Call._fields), repeated).where(
            SPAN.c.project_id == project_id,
            SPAN.c.trace_id.in_([trace_id for project, trace_id in keys if project == project_id]),
            SPAN.c.kind == "tool",
            start >= period.start_ns,
            start < period.end_ns,
            SPAN.c.arguments_hash.is_not(None),
        )
        some = (query.where(SPAN.c.environment == environment) if environment else query).subquery()
        for *values, _ in connection.execute(select(some).where(some.c.repeated >= LOOP_CALLS)):
            yield _Call(*values)


def _loops(calls: Iterable[_Call]) -> list[list[_Call]]:
    """Calls of the same tool with the same arguments in one trace, LOOP_CALLS or more.

    A call that two instrumentations report, one within the other, is one call.
    """
    groups: defaultdict[tuple[str, str, str | None, str], dict[str, _Call]] = defaultdict(dict)
    for call in calls:
        groups[call.project_id, call.trace_id, call.tool_name, call.arguments_hash][call.span_id] = call
    alike = ([call for call in group.values() if call.parent_span_id not in group] for group in groups.values())
    return [sorted(group, key=lambda call: call.start_ns) for group in alike if len(group) >= LOOP_CALLS]


def _with_agents(connection: Connection, loops: Sequence[Sequence[_Call]]) -> tuple[Loop, ...]:
    """Each with the agent that made the calls, the nearest one above them; of an agent's loops over one tool in one
    run the longest stands for all."""
    traces = set(list(dict.fromkeys((calls[0].project_id, calls[0].trace_id) for calls in loops))[:MAX_LOOPS])
    loops = [calls for calls in loops if (calls[0].project_id, calls[0].trace_id) in traces]
    agents = _agents_above(connection, [calls[-1] for calls in loops if not calls[-1].agent_name])
    longest: dict[tuple[str, str | None, str | None], Loop] = {}
    for calls in loops:
        last = calls[-1]
        loop = Loop(
            trace_id=last.trace_id,
            span_id=last.span_id,
            tool_name=last.tool_name,
            agent_name=last.agent_name or agents.get(_key(last)),
            calls=len(calls),
            start_ns=last.start_ns,
        )
        key = (loop.trace_id, loop.tool_name, loop.agent_name)
        if key not in longest or longest[key].calls < loop.calls:
            longest[key] = loop
    return tuple(sorted(longest.values(), key=lambda loop: -loop.start_ns)[:MAX_LOOPS])


def _agents_above(connection: Connection, calls: Iterable[_Call]) -> dict[SpanKey, str]:
    """The nearest agent above each call that has one: one look-up for each level of the trees."""
    found: dict[SpanKey, str] = {}
    above = {_key(call): (call.project_id, call.trace_id, call.parent_span_id or "") for call in calls}
    seen = set[SpanKey]()
    while wanted := set(above.values()) - seen:
        seen |= wanted
        spans = _look_up(connection, sorted(wanted))
        found |= {call: name for call, span in above.items() if span in spans and (name := spans[span][1])}
        above = {
            call: (span[0], span[1], spans[span][0] or "")
            for call, span in above.items()
            if span in spans and call not in found
        }
    return found


def _look_up(connection: Connection, keys: Sequence[SpanKey]) -> dict[SpanKey, tuple[str | None, str | None]]:
    """Parent, and the name of an agent, of each span."""
    columns = ("project_id", "trace_id", "span_id", "parent_span_id", "kind", "agent_name", "name")
    rows = rows_of_spans(connection, columns, keys)
    return {
        (project_id, trace_id, span_id): (parent, agent_name or name if kind == "agent" else None)
        for project_id, trace_id, span_id, parent, kind, agent_name, name in rows
    }


def _key(call: _Call) -> SpanKey:
    return call.project_id, call.trace_id, call.span_id
