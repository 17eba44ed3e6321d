"""What agents and tools did: their spans of a period, and the ledger for what they cost.

Of more spans than are looked at one by one, the figures come from sums over stretches of time: counts, tokens and cost
are exact all the same, percentiles of durations within 1 %.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, func, select, text

from collector.store.engine import reading, snapshot
from collector.store.models.spans import IS_AGENT, IS_TOOL
from collector.store.reads.contents import SPAN
from collector.store.reads.covering import Name, Piece, cover, holds_few, read_counts, read_sums
from collector.store.reads.loops import find_loops
from collector.store.reads.traces import traces_by_id
from collector.store.records import AgentReport, AgentStats, Calls, Loop, Period, Scope, ToolStats, TraceSummary
from collector.store.sums import AGENTS, MINUTE_NS, SPEND, TOOLS, Sums, Topic, total

TREND_STEPS = 24
OF_KIND = {"agent": text(IS_AGENT), "tool": text(IS_TOOL)}
"""Written out, since only then does a database see that the index of these spans holds all of them."""
NANO = 10**9
_BEFORE, _NOW = 0, 1
"""Parts of the time that is read."""
_Named = Mapping[Name, Sums]


def get_agent_report(engine: Engine, scope: Scope, period: Period, environment: str | None = None) -> AgentReport:
    """Of the runs and calls that began in the period, beside the period of the same length before."""
    cuts = (period.start_ns - period.length_ns, period.start_ns, period.end_ns)
    with snapshot(engine) as connection:
        is_exact = all(
            holds_few(connection, SPAN, scope, Period(cuts[0], cuts[-1]), of_kind) for of_kind in OF_KIND.values()
        )
        pieces = cover(connection, scope, cuts, is_exact=is_exact)
        agents, tools = (read_sums(connection, topic, pieces, environment) for topic in (AGENTS, TOOLS))
        now = [piece for piece in pieces if piece.part == _NOW]
        spend = read_sums(connection, SPEND, now, environment).get(_NOW, {})
        fine = cover(connection, scope, _steps(period), finest_ns=MINUTE_NS, is_exact=is_exact)
        agent_trends, tool_trends = (_trends(connection, topic, fine, environment) for topic in (AGENTS, TOOLS))
        loops = find_loops(connection, scope, period, environment, is_exact=is_exact)
    return AgentReport(
        agents=tuple(_agents(agents, agent_trends, _by_agent(spend), loops)),
        tools=tuple(_tools(tools, tool_trends)),
        loops=loops,
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


def _steps(period: Period) -> list[int]:
    """Where the steps of a trend begin, and the end."""
    step_ns = max(1, -(-period.length_ns // TREND_STEPS))
    return [min(period.start_ns + step * step_ns, period.end_ns) for step in range(TREND_STEPS + 1)]


def _trends(
    connection: Connection, topic: Topic, pieces: Sequence[Piece], environment: str | None
) -> dict[str | None, tuple[int, ...]]:
    """Calls by steps of the period, of each name."""
    counts = read_counts(connection, topic, pieces, environment)
    return {name: tuple(by_step.get(step, 0) for step in range(TREND_STEPS)) for name, by_step in counts.items()}


def _by_agent(spend: _Named) -> dict[str | None, Sums]:
    groups: defaultdict[str | None, list[Sums]] = defaultdict(list)
    for (_model, agent_name), sums in spend.items():
        groups[agent_name].append(sums)
    return {agent_name: total(group) for agent_name, group in groups.items()}


def _tools(found: Mapping[int, _Named], trends: Mapping[str | None, tuple[int, ...]]) -> list[ToolStats]:
    now, before = found.get(_NOW, {}), found.get(_BEFORE, {})
    stats = [
        ToolStats(tool_name=key[0], now=_calls(sums), before=_calls(before.get(key)), trend=trends[key[0]])
        for key, sums in now.items()
    ]
    return sorted(stats, key=lambda tool: (-tool.now.count, tool.tool_name or ""))


def _agents(
    found: Mapping[int, _Named],
    trends: Mapping[str | None, tuple[int, ...]],
    usage: Mapping[str | None, Sums],
    loops: Sequence[Loop],
) -> list[AgentStats]:
    now, before = found.get(_NOW, {}), found.get(_BEFORE, {})
    looping: defaultdict[str | None, set[str]] = defaultdict(set)
    for loop in loops:
        looping[loop.agent_name].add(loop.trace_id)
    stats = []
    for key, runs in now.items():
        name = key[0]
        spent = usage.get(name) or Sums()
        stats.append(
            AgentStats(
                agent_name=name,
                now=_calls(runs),
                before=_calls(before.get(key)),
                trend=trends[name],
                looping_runs=len(looping[name]),
                model_calls=spent.calls,
                total_tokens=spent.total_tokens,
                cost_usd=None if spent.cost_nusd is None else spent.cost_nusd / NANO,
                unpriced_calls=spent.unpriced,
            )
        )
    return sorted(stats, key=lambda agent: (-agent.now.count, agent.agent_name or ""))


def _calls(sums: Sums | None) -> Calls:
    if sums is None:
        return Calls()
    p50_ms, p95_ms = sums.percentiles_ms(0.50, 0.95)
    return Calls(count=sums.calls, failed=sums.failed, returned_errors=sums.recovered, p50_ms=p50_ms, p95_ms=p95_ms)
