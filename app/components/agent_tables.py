"""Tables of agents, of tools, of loops, and of the calls of one tool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import pandas as pd
import streamlit as st

from app import state
from app.components.link_table import bars, draw_link_table, height_of, text, when
from app.components.panel import panel
from app.components.trace_rows import Height
from app.components.trace_table import FULL_PX
from app.format import MINUS, cut, escape_markdown, moment, plural
from app.frames.agents import agent_rows, call_rows, tool_rows
from app.theme import Palette
from collector.store.records import AgentStats, Loop, ToolCall, ToolStats

_LOOPS_SHOWN = 6
_BEFORE = "Against the same length of time before; nothing where that had fewer than five."


def draw_agents(agents: Sequence[AgentStats], palette: Palette) -> str | None:
    """The name of the agent that was clicked."""
    return draw_link_table(
        frame := agent_rows(agents),
        {
            "agent": text("Agent", "By name; a click opens its runs.", 158),
            "runs": text("Runs", "Times that the agent ran.", 60, right=True),
            "change": text("Change", _BEFORE, 66, right=True),
            "trend": bars("In this time", "Runs over the chosen time.", palette.sparkline, 90),
            "failed": text("Failed", "Runs with status error.", 76, right=True),
            "loops": text(
                "Loops", "Runs in which it called a tool three times or more with the same arguments.", 66, right=True
            ),
            "steps": text("Steps", "Model calls a run, those of agents within it left out.", 56, right=True),
            "p50_ms": text("p50", "Half of the runs took no longer.", 70, right=True),
            "p95_ms": text("p95", "19 of 20 runs took no longer.", 70, right=True),
            "cost_usd": text("Cost", "Sum of the known costs of its own model calls.", 68, right=True),
        },
        [agent.agent_name or "" for agent in agents],
        key="agents",
        height=height_of(len(agents), 11),
        alt=f"{len(agents)} agents. A click on a row opens its runs.",
        style=lambda column, row: _colour(frame, column, row, palette),
        cut={"agent": 158},
    )


def draw_tools(tools: Sequence[ToolStats], palette: Palette) -> str | None:
    """The name of the tool that was clicked."""
    return draw_link_table(
        frame := tool_rows(tools),
        {
            "tool": text("Tool", "By name; a click opens its calls.", 240),
            "calls": text("Calls", "Calls that began in this time.", 72, right=True),
            "change": text("Change", _BEFORE, 76, right=True),
            "trend": bars("In this time", "Calls over the chosen time.", palette.sparkline, 130),
            "failed": text("Failed", "Calls with status error.", 100, right=True),
            "returned": text(
                "Returned errors", "Errors that the tool answered under status ok (inferred).", 118, right=True
            ),
            "wrong": text(
                "Failure change", f"Failed and returned errors, as a share of calls. {_BEFORE}", 100, right=True
            ),
            "p50_ms": text("p50", "Half of the calls took no longer.", 84, right=True),
            "p95_ms": text("p95", "19 of 20 calls took no longer.", 84, right=True),
            "p95_change": text("p95 change", _BEFORE, 92, right=True),
        },
        [tool.tool_name or "" for tool in tools],
        key="tools",
        height=height_of(len(tools), 14),
        alt=f"{len(tools)} tools. A click on a row opens its calls.",
        style=lambda column, row: _colour(frame, column, row, palette),
        cut={"tool": 240},
    )


def _colour(frame: pd.DataFrame, column: str, row: int, palette: Palette) -> str:
    """Red for what failed; slower and worse is orange, faster and better green, each with its sign."""
    value = frame[column].iloc[row] if column in ("failed", "returned", "loops", "wrong", "p95_change") else None
    if not isinstance(value, str):
        return ""
    if column in ("failed", "returned", "loops"):
        return f"color:{palette.failed_text if column == 'failed' else palette.recovered_text}"
    if value.startswith("0"):
        return f"color:{palette.muted}"
    return f"color:{palette.better_text if value.startswith(MINUS) else palette.recovered_text}"


def draw_loops(loops: Sequence[Loop], zone: tzinfo, now_ns: int) -> None:
    """The longest loop of each of some runs, with a link to its last call."""
    by_run = {loop.trace_id: loop for loop in sorted(loops, key=lambda loop: (loop.calls, loop.start_ns))}
    longest = sorted(by_run.values(), key=lambda loop: (-loop.calls, -loop.start_ns))[:_LOOPS_SHOWN]
    note = plural(len(by_run), "run")
    with panel(
        "loops", "Loops", note, help="Runs in which one tool was called three times or more with the same arguments."
    ):
        if not loops:
            st.text("No agent repeated a call.")
        for number, loop in enumerate(longest):
            with st.container(key=f"loop_{number}", gap=None):
                st.page_link(
                    state.TRACE_PAGE,
                    label=f"**{escape_markdown(cut(loop.tool_name or 'a tool', 30))}** × {loop.calls}",
                    icon=":material/repeat:",
                    query_params=state.trace_params(loop.trace_id, loop.span_id, "steps"),
                    help="Opens the steps at the last of the calls.",
                )
                st.text(f"{cut(loop.agent_name or 'no agent', 28)}, {moment(loop.start_ns, zone, now_ns)}")
        if len(by_run) > len(longest):
            st.caption(f"and {plural(len(by_run) - len(longest), 'more run')}")


def draw_calls(calls: Sequence[ToolCall], height: Height, palette: Palette) -> tuple[str, str] | None:
    """trace_id and span_id of the call that was clicked."""

    def style(column: str, row: int) -> str:
        span = calls[row].span
        if span.status == "error":
            ground = f"background-color:{palette.failed_row};"
            return ground + (f"color:{palette.failed_text}" if column in ("outcome", "result") else "")
        if column == "outcome":
            return f"color:{palette.recovered_text if span.returned_error else palette.quiet}"
        return f"color:{palette.recovered_text}" if column == "result" and span.returned_error else ""

    chosen = draw_link_table(
        call_rows(calls, state.viewer_zone()),
        {
            "outcome": text("Outcome", "A dot: ok. Returned error: an error answered under status ok (inferred).", 124),
            "started": when("Started", "In your time zone."),
            "arguments": text("Arguments", "What went in, cut. All of it is in the trace.", 400),
            "result": text("Result", "What came out, or the error, cut. All of it is in the trace.", 420),
            "duration_ms": text("Duration", "Of this call.", FULL_PX["duration_ms"], right=True),
        },
        [f"{call.span.trace_id} {call.span.span_id}" for call in calls],
        key="calls",
        height=height,
        alt=f"{len(calls)} calls. A click on a row opens it in its trace.",
        style=style,
        cut={"arguments": 400, "result": 420},
    )
    if chosen is None:
        return None
    trace_id, _, span_id = chosen.partition(" ")
    return trace_id, span_id
