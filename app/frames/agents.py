"""Agents, tools and loops as a sentence and as rows of tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import tzinfo

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
    percent,
    plural,
    points,
)
from app.frames.listing import (
    HERE,
    Cell,
    Column,
    Row,
    To,
    at,
    averaged,
    counted,
    link_row,
    number,
    over_time,
    paid,
    told,
    took,
    trend,
    when,
    words,
)
from app.frames.rows import MAX_CELL
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
    parts = [f"**{plural(runs, 'agent run')}** and **{plural(calls, 'tool call')}** {time_in_words}"]
    if looping := len({loop.trace_id for loop in report.loops}):
        parts.append(f"**{plural(looping, 'run')}** repeated a call")
    if worst := _worst_tool(report.tools):
        share = percent(failed_share(worst.now), 1)
        parts.append(f"**{escape_markdown(cut(worst.tool_name or 'a tool', 40))}** goes wrong most often ({share})")
    return "; ".join(parts) + "."


def failed_share(calls: Calls) -> float | None:
    """Failed calls and returned errors, of all calls; None without calls."""
    return (calls.failed + calls.returned_errors) / calls.count if calls.count else None


_BEFORE = "Against the same length of time before; nothing where that had fewer than five."
AGENT_COLUMNS = (
    Column(id="agent", label="Agent", help="By name; a click opens its runs.", width=158, grows=True, opens=True,
           sort=HERE, first="up"),
    number("runs", "Runs", "Times that the agent ran.", 64),
    number("change", "Change", _BEFORE, 74),
    trend("In this time", "Runs over the chosen time.", 90),
    number("failed", "Failed", "Runs with status error.", 80),
    number("loops", "Loops", "Runs in which it called a tool three times or more with the same arguments.", 84),
    number("steps", "Steps", "Model calls a run, those of agents within it left out.", 62),
    number("p50_ms", "p50", "Half of the runs took no longer.", 72),
    number("p95_ms", "p95", "19 of 20 runs took no longer.", 72),
    number("cost_usd", "Cost", "Sum of the known costs of its own model calls.", 76),
)  # fmt: skip
TOOL_COLUMNS = (
    Column(id="tool", label="Tool", help="By name; a click opens its calls.", width=240, grows=True, opens=True,
           sort=HERE, first="up"),
    number("calls", "Calls", "Calls that began in this time.", 76),
    number("change", "Change", _BEFORE, 78),
    trend("In this time", "Calls over the chosen time.", 130),
    number("failed", "Failed", "Calls with status error.", 100),
    number("returned", "Returned errors", "Errors that the tool answered under status ok (inferred).", 122),
    number("wrong", "Failure change", f"Failed and returned errors, as a share of calls. {_BEFORE}", 116),
    number("p50_ms", "p50", "Half of the calls took no longer.", 84),
    number("p95_ms", "p95", "19 of 20 calls took no longer.", 84),
    number("p95_change", "p95 change", _BEFORE, 98),
)  # fmt: skip
CALL_COLUMNS = (
    Column(id="outcome", label="Outcome", help="A dot: ok. Returned error: answered under status ok (inferred).",
           width=124),
    when("started", "Started", "In your time zone."),
    replace(words("arguments", "Arguments", "What went in, cut. All of it is in the trace.", 400), opens=True),
    words("output", "Result", "What came out, or the error, cut. All of it is in the trace.", 420),
    number("duration_ms", "Duration", "Of this call.", 86),
)  # fmt: skip


def agent_rows(agents: Sequence[AgentStats], to: To) -> list[Row]:
    """One row an agent, in the given order. `to` is asked for names."""
    return [
        link_row(
            agent.agent_name or "",
            to,
            f"{cut(agent.agent_name or '', 80)}, {plural(agent.now.count, 'run')}",
            {
                "agent": told(agent.agent_name),
                "runs": counted(agent.now.count),
                "change": _changed(_more(agent.now, agent.before), agent.now.count - agent.before.count),
                "trend": over_time(agent.trend),
                "failed": _of(agent.now.failed, agent.now.count, "failed"),
                "loops": _of(agent.looping_runs, agent.now.count, "recovered"),
                "steps": averaged(agent.model_calls / agent.now.count if agent.now.count else None),
                "p50_ms": took(agent.now.p50_ms),
                "p95_ms": took(agent.now.p95_ms),
                "cost_usd": paid(agent.cost_usd),
            },
        )
        for agent in agents
    ]


def tool_rows(tools: Sequence[ToolStats], to: To) -> list[Row]:
    """One row a tool, in the given order. `to` is asked for names."""
    return [
        link_row(
            tool.tool_name or "",
            to,
            f"{cut(tool.tool_name or '', 80)}, {plural(tool.now.count, 'call')}",
            {
                "tool": told(tool.tool_name),
                "calls": counted(tool.now.count),
                "change": _changed(_more(tool.now, tool.before), tool.now.count - tool.before.count),
                "trend": over_time(tool.trend),
                "failed": _of(tool.now.failed, tool.now.count, "failed"),
                "returned": _of(tool.now.returned_errors, tool.now.count, "recovered"),
                "wrong": _worse(_more_wrong(tool.now, tool.before), failed_share(tool.now), failed_share(tool.before)),
                "p50_ms": took(tool.now.p50_ms),
                "p95_ms": took(tool.now.p95_ms),
                "p95_change": _worse(_slower(tool.now, tool.before), tool.now.p95_ms, tool.before.p95_ms),
            },
        )
        for tool in tools
    ]


def call_rows(calls: Sequence[ToolCall], zone: tzinfo, link: Callable[[str, str], str]) -> list[Row]:
    """One row a call, in the given order. link: (trace_id, span_id) -> the address of the call in its trace."""
    return [
        Row(
            id=f"{call.span.trace_id} {call.span.span_id}",
            href=link(call.span.trace_id, call.span.span_id),
            tone=tone,
            label=f"{call_outcome(call)} {cut(call.arguments or '', 80)}",
            cells=(
                Cell(call_outcome(call), "recovered" if tone == "returned" else "quiet" if tone == "ok" else ""),
                at(call.span.start_ns, zone),
                told(cut(call.arguments or "", MAX_CELL)) if call.arguments else Cell("no arguments", "muted"),
                told(cut(_came_out(call) or "", MAX_CELL), "recovered" if tone == "returned" else ""),
                took(call.span.duration_ms),
            ),
        )
        for call in calls
        for tone in ("failed" if call.span.status == "error" else "returned" if call.span.returned_error else "ok",)
    ]


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


def _of(part: int, total: int, tone: str) -> Cell:
    """ "12 (5 %)", nothing for none."""
    if not part:
        return Cell(order=0)
    share = percent(part / total) if part / total >= _LEAST_SHARE else f"<1{NBSP}%"
    return Cell(f"{count(part)} ({share})", tone, part)


def _changed(text: str | None, order: float) -> Cell:
    return Cell(text, "", order) if text else Cell()


def _worse(text: str | None, now: float | None, before: float | None) -> Cell:
    """Slower and worse is orange, faster and better green, each with its sign."""
    if text is None or now is None or before is None:
        return Cell()
    return Cell(text, "muted" if text.startswith("0") else "better" if now < before else "recovered", now - before)


def _more(now: Calls, before: Calls) -> str | None:
    return change(now.count, before.count) if before.count >= _ENOUGH_BEFORE else None


def _more_wrong(now: Calls, before: Calls) -> str | None:
    return points(failed_share(now), failed_share(before)) if before.count >= _ENOUGH_BEFORE else None


def _slower(now: Calls, before: Calls) -> str | None:
    return change(now.p95_ms, before.p95_ms) if before.count >= _ENOUGH_BEFORE else None
