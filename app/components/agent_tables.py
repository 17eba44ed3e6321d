"""Tables of agents, of tools, of loops, and of the calls of one tool."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import streamlit as st

from app import state
from app.components.panel import panel
from app.components.trace_list import fitting
from app.components.trace_rows import draw_rows
from app.components.trace_table import height_of
from app.format import cut, escape_markdown, moment, plural
from app.frames.agents import AGENT_COLUMNS, CALL_COLUMNS, TOOL_COLUMNS, agent_rows, call_rows, tool_rows
from app.theme import Palette
from collector.store.records import AgentStats, Loop, ToolCall, ToolStats

_LOOPS_SHOWN = 6


def draw_agents(agents: Sequence[AgentStats], palette: Palette) -> None:
    """A click on a row opens the agent."""
    rows = agent_rows(agents, lambda name: state.selection_link("agents", agent=name))
    label = f"{plural(len(agents), 'agent')}: a row opens its runs"
    height = height_of(len(rows), 11)
    draw_rows(rows, AGENT_COLUMNS, key="agents", height=height, palette=palette, label=label)


def draw_tools(tools: Sequence[ToolStats], palette: Palette) -> None:
    """A click on a row opens the tool."""
    rows = tool_rows(tools, lambda name: state.selection_link("agents", tool=name))
    label = f"{plural(len(tools), 'tool')}: a row opens its calls"
    draw_rows(rows, TOOL_COLUMNS, key="tools", height=height_of(len(rows), 14), palette=palette, label=label)


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


def draw_calls(calls: Sequence[ToolCall], palette: Palette) -> None:
    """A click on a row opens the call in its trace."""
    rows = call_rows(calls, state.viewer_zone(), state.trace_link)
    label = f"{plural(len(calls), 'call')}: a row opens it in its trace"
    draw_rows(rows, CALL_COLUMNS, key="calls", height=fitting(len(rows)), palette=palette, label=label)
