"""Agents, tools and loops as a sentence and as rows of tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import pandas as pd

from app.format import (
    NBSP,
    UNKNOWN,
    change,
    compact,
    count,
    cut,
    duration,
    escape_markdown,
    money,
    one_line,
    percent,
    plural,
    points,
)
from app.frames.trace_facts import Card
from collector.store.records import AgentReport, AgentStats, Calls, ToolCall, ToolStats

_ENOUGH_BEFORE = 5
"""So many calls the period before must have had for a comparison."""
_MIN_FAILED = 3
_LEAST_SHARE = 0.005
"""Of what is not shown as 0 %."""


def agents_sentence(report: AgentReport, time_in_words: str) -> str:
    """Markdown: how much was done, what loops, which tool fails most."""
    runs, calls = sum(a.now.count for a in report.agents), sum(t.now.count for t in report.tools)
    newest = "The newest " if report.is_cut else ""
    parts = [f"{newest}**{plural(runs, 'agent run')}** and **{plural(calls, 'tool call')}** {time_in_words}"]
    if looping := len({loop.trace_id for loop in report.loops}):
        parts.append(f"**{plural(looping, 'run')}** repeated a call")
    if worst := _worst_tool(report.tools):
        share = percent(failed_share(worst.now), 1)
        parts.append(f"**{escape_markdown(cut(worst.tool_name or 'a tool', 40))}** goes wrong most often ({share})")
    return "; ".join(parts) + "."


def failed_share(calls: Calls) -> float | None:
    """Failed calls and returned errors, of all calls; None without calls."""
    return (calls.failed + calls.returned_errors) / calls.count if calls.count else None


def agent_rows(agents: Sequence[AgentStats]) -> pd.DataFrame:
    """One row an agent.

    Columns: agent, runs, change, trend, failed, loops, steps (model calls a run), p50_ms, p95_ms, tokens, cost_usd.
    """
    return pd.DataFrame(
        {
            "agent": [one_line(agent.agent_name or "") or None for agent in agents],
            "runs": pd.array([agent.now.count for agent in agents], dtype="Int64"),
            "change": [_more(agent.now, agent.before) for agent in agents],
            "trend": [list(agent.trend) for agent in agents],
            "failed": [_of(agent.now.failed, agent.now.count) for agent in agents],
            "loops": [_of(agent.looping_runs, agent.now.count) for agent in agents],
            "steps": pd.array([agent.model_calls / agent.now.count for agent in agents], dtype="Float64"),
            "p50_ms": pd.array([agent.now.p50_ms for agent in agents], dtype="Float64"),
            "p95_ms": pd.array([agent.now.p95_ms for agent in agents], dtype="Float64"),
            "tokens": pd.array([agent.total_tokens for agent in agents], dtype="Int64"),
            "cost_usd": pd.array([agent.cost_usd for agent in agents], dtype="Float64"),
        }
    )


def tool_rows(tools: Sequence[ToolStats]) -> pd.DataFrame:
    """One row a tool.

    Columns: tool, calls, change, trend, failed, returned, wrong (points against before), p50_ms, p95_ms, p95_change.
    """
    return pd.DataFrame(
        {
            "tool": [one_line(tool.tool_name or "") or None for tool in tools],
            "calls": pd.array([tool.now.count for tool in tools], dtype="Int64"),
            "change": [_more(tool.now, tool.before) for tool in tools],
            "trend": [list(tool.trend) for tool in tools],
            "failed": [_of(tool.now.failed, tool.now.count) for tool in tools],
            "returned": [_of(tool.now.returned_errors, tool.now.count) for tool in tools],
            "wrong": [_more_wrong(tool.now, tool.before) for tool in tools],
            "p50_ms": pd.array([tool.now.p50_ms for tool in tools], dtype="Float64"),
            "p95_ms": pd.array([tool.now.p95_ms for tool in tools], dtype="Float64"),
            "p95_change": [_slower(tool.now, tool.before) for tool in tools],
        }
    )


def call_rows(calls: Sequence[ToolCall], zone: tzinfo) -> pd.DataFrame:
    """One row a call. Columns: outcome, started, arguments, result (or the error), duration_ms."""
    frame = pd.DataFrame(
        {
            "outcome": [call_outcome(call) for call in calls],
            "started": pd.to_datetime([call.span.start_ns for call in calls], unit="ns", utc=True),
            "arguments": [one_line(call.arguments) if call.arguments else None for call in calls],
            "result": [one_line(_came_out(call) or "") or None for call in calls],
            "duration_ms": pd.array([call.span.duration_ms for call in calls], dtype="Float64"),
        }
    )
    return frame.assign(started=frame["started"].dt.tz_convert(zone))


def call_outcome(call: ToolCall) -> str:
    if call.span.status == "error":
        return "▲ failed"
    return "↻ returned error" if call.span.returned_error else "●"


def agent_cards(agent: AgentStats) -> tuple[Card, ...]:
    now, steps = agent.now, agent.model_calls / agent.now.count if agent.now.count else None
    price = "Known cost of its own model calls; those of agents within it are theirs."
    unpriced = f"{plural(agent.unpriced_calls, 'call')} unpriced" if agent.unpriced_calls else None
    return (
        Card("Runs", count(now.count), _more(now, agent.before), "Chip: against the same length of time before."),
        Card("Failed", count(now.failed), _share(now.failed, now.count), "Runs with status error."),
        Card("Loops", count(agent.looping_runs), _share(agent.looping_runs, now.count), "Runs that repeated a call."),
        Card("Steps a run", UNKNOWN if steps is None else f"{steps:.1f}", None, "Its own model calls, on average."),
        Card("p50 duration", duration(now.p50_ms), None, "Half of the runs took no longer."),
        Card("p95 duration", duration(now.p95_ms), _slower(now, agent.before), "19 of 20 runs took no longer."),
        Card("Tokens", compact(agent.total_tokens), None, "Input and output of its own model calls."),
        Card("Cost", money(agent.cost_usd), unpriced, price),
    )


def tool_cards(tool: ToolStats) -> tuple[Card, ...]:
    now, inferred = tool.now, "Errors that the tool answered under status ok, inferred from its answers."
    return (
        Card("Calls", count(now.count), _more(now, tool.before), "Chip: against the same length of time before."),
        Card("Failed", count(now.failed), _share(now.failed, now.count), "Calls with status error."),
        Card("Returned errors", count(now.returned_errors), _share(now.returned_errors, now.count), inferred),
        Card("p50 duration", duration(now.p50_ms), None, "Half of the calls took no longer."),
        Card("p95 duration", duration(now.p95_ms), _slower(now, tool.before), "19 of 20 calls took no longer."),
    )


def _share(part: int, total: int) -> str | None:
    return percent(part / total, 1) if part and total else None


def _came_out(call: ToolCall) -> str | None:
    if call.span.status != "error":
        return call.result
    last = call.span.exceptions[-1] if call.span.exceptions else None
    said = ": ".join(part for part in (last.type, last.message) if part) if last else call.span.status_message
    return said or call.result or "failed"


def _worst_tool(tools: Sequence[ToolStats]) -> ToolStats | None:
    wrong = [tool for tool in tools if tool.now.failed + tool.now.returned_errors >= _MIN_FAILED]
    return max(wrong, key=lambda tool: failed_share(tool.now) or 0.0, default=None)


def _of(part: int, total: int) -> str | None:
    """ "12 (5 %)", nothing for none."""
    if not part:
        return None
    return f"{count(part)} ({percent(part / total) if part / total >= _LEAST_SHARE else '<1' + NBSP + '%'})"


def _more(now: Calls, before: Calls) -> str | None:
    return change(now.count, before.count) if before.count >= _ENOUGH_BEFORE else None


def _more_wrong(now: Calls, before: Calls) -> str | None:
    return points(failed_share(now), failed_share(before)) if before.count >= _ENOUGH_BEFORE else None


def _slower(now: Calls, before: Calls) -> str | None:
    return change(now.p95_ms, before.p95_ms) if before.count >= _ENOUGH_BEFORE else None
