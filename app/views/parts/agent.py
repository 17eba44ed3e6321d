"""One agent: its figures, its loops, its newest runs."""

from __future__ import annotations

import time

import streamlit as st

from app import state
from app.components.agent_tables import draw_loops
from app.components.detail_head import draw_figures, draw_name, draw_nothing_here, draw_way_back
from app.components.list_head import draw_list_head
from app.components.trace_table import HEADER_PX, ROW_PX, SHORT_PX, draw_trace_table
from app.frames.agents import agent_cards
from app.queries import agents
from app.selection import Selection, asks
from app.theme import palette
from collector.store.records import AgentReport

RUNS = 15


def draw_agent(selection: Selection, report: AgentReport, name: str) -> None:
    draw_way_back("All agents and tools", agent=None)
    draw_name(name, ":gray-badge[:material/smart_toy: agent]")
    found = next((agent for agent in report.agents if agent.agent_name == name), None)
    if found is None:
        draw_nothing_here(
            "Not in this time", "The agent did not run.", "Show the last 30 days", period="30d", between=None
        )
        return
    now_ns = time.time_ns()
    draw_figures(agent_cards(found), "agent")
    with st.container(key="lower"):
        table, rail = st.columns([2.62, 1], gap=10)
    with table:
        traces = agents.runs_of(name, selection.window(now_ns), selection.environment)
        draw_list_head("Newest runs with this agent", "All in Traces", query=asks("agent", name))
        height = ROW_PX * min(RUNS, len(traces)) + HEADER_PX
        draw_trace_table(traces, SHORT_PX, key="agent_runs", height=height, palette=palette())
    with rail:
        draw_loops([loop for loop in report.loops if loop.agent_name == name], state.viewer_zone(), now_ns)
