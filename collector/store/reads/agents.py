"""What agents and tools did: their spans of a period, and the ledger for what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, func, select, text

from collector.store.engine import reading
from collector.store.filters import TRACE, USAGE
from collector.store.models.spans import IS_AGENT, IS_TOOL
from collector.store.reads.contents import SPAN
from collector.store.reads.overview import percentile
from collector.store.reads.traces import traces_by_id
from collector.store.records import AgentReport, AgentStats, Calls, Loop, Period, Scope, ToolStats, TraceSummary
from collector.store.selecting import rows_of_traces

MAX_STEPS = 100_000
"""Agent runs, and as many tool calls, that are looked at, the newest: more would not be read in time."""
LOOP_CALLS = 3
"""Calls of one tool with the same arguments in one run make a loop."""
MAX_LOOPS = 200
_MAX_REPEATED = 1_000
TREND_STEPS = 24
OF_KIND = {"agent": text(IS_AGENT), "tool": text(IS_TOOL)}
"""Written out, since only then does a database see that the index of these spans holds all of them."""
NANO = 10**9


class _Step(NamedTuple):
    """An agent's run or a tool's call."""

    kind: str
    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str | None
    start_ns: int
    end_ns: int | None
    status: str
    agent_name: str | None
    tool_name: str | None
    arguments_hash: str | None
    returned_error: bool

    @property
    def duration_ms(self) -> float | None:
        return None if self.end_ns is None or self.end_ns < self.start_ns else (self.end_ns - self.start_ns) / 1e6


class _Usage(NamedTuple):
    agent_name: str | None
    calls: int
    tokens: int | None
    cost_nusd: int | None
    unpriced_calls: int


def get_agent_report(engine: Engine, scope: Scope, period: Period, environment: str | None = None) -> AgentReport:
    """Of the runs and calls that began in the period, beside the period of the same length before."""
    with reading(engine) as connection:
        now = _steps(connection, scope, period, environment)
        before = _steps(connection, scope, period.before(period.length_ns), environment)
        usage = {found.agent_name: found for found in _usage(connection, scope, period, environment)}
        loops = _with_agents(connection, _loops(now))
    return AgentReport(
        agents=tuple(_agents(now, before, usage, loops, period)),
        tools=tuple(_tools(now, before, period)),
        loops=loops,
        is_cut=any(sum(step.kind == kind for step in now) >= MAX_STEPS for kind in OF_KIND),
    )


def list_agent_runs(
    engine: Engine, scope: Scope, agent_name: str, period: Period, environment: str | None = None, limit: int = 50
) -> tuple[TraceSummary, ...]:
    """The newest traces of the period in which the agent ran."""
    query = (
        select(SPAN.c.trace_id)
        .where(
            SPAN.c.project_id.in_(scope),
            OF_KIND["agent"],
            func.coalesce(SPAN.c.agent_name, SPAN.c.name) == agent_name,
            SPAN.c.start_ns >= period.start_ns,
            SPAN.c.start_ns < period.end_ns,
        )
        .order_by(SPAN.c.start_ns.desc())
    )
    if environment:
        query = query.where(SPAN.c.environment == environment)
    with reading(engine) as connection:
        found = connection.execute(query.limit(limit)).scalars().all()
        return traces_by_id(connection, scope, list(dict.fromkeys(found)))


def _steps(connection: Connection, scope: Scope, period: Period, environment: str | None) -> list[_Step]:
    by_name = case((SPAN.c.kind == "agent", SPAN.c.name), else_=None)
    columns: dict[str, ColumnElement[Any]] = {name: SPAN.c[name] for name in _Step._fields if name in SPAN.c}
    columns["agent_name"] = func.coalesce(SPAN.c.agent_name, by_name)
    columns["returned_error"] = SPAN.c.returned_error.is_not(None)
    query = select(*(column.label(name) for name, column in columns.items())).where(
        SPAN.c.project_id.in_(scope), SPAN.c.start_ns >= period.start_ns, SPAN.c.start_ns < period.end_ns
    )
    if environment:
        query = query.where(SPAN.c.environment == environment)
    newest = query.order_by(SPAN.c.start_ns.desc()).limit(MAX_STEPS)
    # One kind at a time comes in the index's own order: nothing is sorted before the limit.
    return [_Step(*row) for of_kind in OF_KIND.values() for row in connection.execute(newest.where(of_kind))]


def _usage(connection: Connection, scope: Scope, period: Period, environment: str | None) -> Iterator[_Usage]:
    """By agent, of the ledger lines of the period's traces."""
    same_trace = and_(USAGE.c.project_id == TRACE.c.project_id, USAGE.c.trace_id == TRACE.c.trace_id)
    tokens = func.sum(func.coalesce(USAGE.c.input_tokens, 0) + func.coalesce(USAGE.c.output_tokens, 0))
    known = func.count(USAGE.c.input_tokens) + func.count(USAGE.c.output_tokens)
    sums = (func.sum(USAGE.c.calls), tokens, known, func.sum(USAGE.c.cost_nusd), func.sum(USAGE.c.unpriced_calls))
    query = (
        select(USAGE.c.agent_name, *sums)
        .select_from(USAGE.join(TRACE, same_trace))
        .where(TRACE.c.project_id.in_(scope), TRACE.c.start_ns >= period.start_ns, TRACE.c.start_ns < period.end_ns)
        .group_by(USAGE.c.agent_name)
    )
    if environment:
        query = query.where(TRACE.c.environment == environment)
    for agent_name, calls, total, known_lines, cost_nusd, unpriced in connection.execute(query):
        cost = None if cost_nusd is None else int(cost_nusd)
        yield _Usage(agent_name, int(calls), int(total) if known_lines else None, cost, int(unpriced))


def _tools(now: Sequence[_Step], before: Sequence[_Step], period: Period) -> list[ToolStats]:
    groups, earlier = _by_tool(now), _by_tool(before)
    stats = [
        ToolStats(tool_name=name, now=_calls(calls), before=_calls(earlier[name]), trend=_trend(calls, period))
        for name, calls in groups.items()
    ]
    return sorted(stats, key=lambda tool: (-tool.now.count, tool.tool_name or ""))


def _agents(
    now: Sequence[_Step],
    before: Sequence[_Step],
    usage: Mapping[str | None, _Usage],
    loops: Sequence[Loop],
    period: Period,
) -> list[AgentStats]:
    groups, earlier = _by_agent(now), _by_agent(before)
    looping: defaultdict[str | None, set[str]] = defaultdict(set)
    for loop in loops:
        looping[loop.agent_name].add(loop.trace_id)
    stats = []
    for name, runs in groups.items():
        spent = usage.get(name) or _Usage(name, 0, None, None, 0)
        stats.append(
            AgentStats(
                agent_name=name,
                now=_calls(runs),
                before=_calls(earlier[name]),
                trend=_trend(runs, period),
                looping_runs=len(looping[name]),
                model_calls=spent.calls,
                total_tokens=spent.tokens,
                cost_usd=None if spent.cost_nusd is None else spent.cost_nusd / NANO,
                unpriced_calls=spent.unpriced_calls,
            )
        )
    return sorted(stats, key=lambda agent: (-agent.now.count, agent.agent_name or ""))


def _by_tool(steps: Iterable[_Step]) -> defaultdict[str | None, list[_Step]]:
    groups: defaultdict[str | None, list[_Step]] = defaultdict(list)
    for step in steps:
        if step.kind == "tool":
            groups[step.tool_name].append(step)
    return groups


def _by_agent(steps: Iterable[_Step]) -> defaultdict[str | None, list[_Step]]:
    groups: defaultdict[str | None, list[_Step]] = defaultdict(list)
    for step in steps:
        if step.kind == "agent":
            groups[step.agent_name].append(step)
    return groups


def _calls(steps: Sequence[_Step]) -> Calls:
    durations = sorted(ms for step in steps if (ms := step.duration_ms) is not None)
    return Calls(
        count=len(steps),
        failed=sum(step.status == "error" for step in steps),
        returned_errors=sum(step.returned_error for step in steps),
        p50_ms=percentile(durations, 0.50),
        p95_ms=percentile(durations, 0.95),
    )


def _trend(steps: Iterable[_Step], period: Period) -> tuple[int, ...]:
    length_ns = max(1, -(-period.length_ns // TREND_STEPS))
    counts = [0] * TREND_STEPS
    for step in steps:
        counts[(step.start_ns - period.start_ns) // length_ns] += 1
    return tuple(counts)


def _loops(steps: Iterable[_Step]) -> list[list[_Step]]:
    """Calls of the same tool with the same arguments in one trace, LOOP_CALLS or more; the newest loop first.

    A call that two instrumentations report, one within the other, is one call.
    """
    groups: defaultdict[tuple[str, str, str | None, str], dict[str, _Step]] = defaultdict(dict)
    for step in steps:
        if step.kind == "tool" and step.arguments_hash is not None:
            groups[step.project_id, step.trace_id, step.tool_name, step.arguments_hash][step.span_id] = step
    alike = ([step for step in group.values() if step.parent_span_id not in group] for group in groups.values())
    loops = [sorted(calls, key=lambda call: call.start_ns) for calls in alike if len(calls) >= LOOP_CALLS]
    return sorted(loops, key=lambda calls: -calls[-1].start_ns)[:_MAX_REPEATED]


def _with_agents(connection: Connection, loops: Sequence[Sequence[_Step]]) -> tuple[Loop, ...]:
    """Each with the agent that made the calls, the nearest one above them; of an agent's loops over one tool in one
    run the longest stands for all."""
    above: dict[tuple[str, str], tuple[str | None, str | None]] = {}
    columns = ("trace_id", "span_id", "parent_span_id", "kind", "agent_name", "name")
    newest = dict.fromkeys((calls[0].project_id, calls[0].trace_id) for calls in loops)
    traces = list(newest)[:MAX_LOOPS]
    loops = [calls for calls in loops if (calls[0].project_id, calls[0].trace_id) in set(traces)]
    for trace_id, span_id, parent, kind, agent_name, name in rows_of_traces(connection, "span", columns, traces):
        above[trace_id, span_id] = (parent, agent_name or name if kind == "agent" else None)
    longest: dict[tuple[str, str | None, str | None], Loop] = {}
    for calls in loops:
        last = calls[-1]
        loop = Loop(
            trace_id=last.trace_id,
            span_id=last.span_id,
            tool_name=last.tool_name,
            agent_name=last.agent_name or _nearest(above, last),
            calls=len(calls),
            start_ns=last.start_ns,
        )
        key = (loop.trace_id, loop.tool_name, loop.agent_name)
        if key not in longest or longest[key].calls < loop.calls:
            longest[key] = loop
    return tuple(sorted(longest.values(), key=lambda loop: -loop.start_ns)[:MAX_LOOPS])


def _nearest(above: Mapping[tuple[str, str], tuple[str | None, str | None]], call: _Step) -> str | None:
    parent, seen = call.parent_span_id, set[str]()
    while parent is not None and parent not in seen and (call.trace_id, parent) in above:
        seen.add(parent)
        parent, agent_name = above[call.trace_id, parent]
        if agent_name:
            return agent_name
    return None
