"""Agents & tools: what they do, how often it goes wrong, and what they were asked."""

from __future__ import annotations

import time

import streamlit as st

from app import page, queries, state
from app.components import states
from app.components.agent_tables import draw_agents, draw_calls, draw_loops, draw_tools
from app.components.call_list import draw_call_filter, draw_more_calls
from app.components.detail_head import draw_figures, draw_name, draw_nothing_here, draw_way_back
from app.components.recipes import first_lines
from app.components.trace_table import FULL_PX, HEADER_PX, ROW_PX, draw_trace_table
from app.frames.agents import agent_cards, agents_sentence, tool_cards
from app.queries import agents
from app.selection import PERIOD_LABELS, Selection
from app.theme import palette
from collector.store.records import AgentReport


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection = state.current()
        report = agents.report(selection.window(time.time_ns()), selection.environment)
        if selection.tool:
            draw_tool(selection, report, selection.tool)
        elif selection.agent:
            draw_agent(selection, report, selection.agent)
        else:
            draw_all(selection, report)


def draw_all(selection: Selection, report: AgentReport) -> None:
    period = PERIOD_LABELS[selection.period]
    if not report.agents and not report.tools:
        widen = {"offer": "Show the last 30 days", "period": "30d"} if selection.period != "30d" else {}
        draw_nothing_here(f"No agents and tools in the last {period}", "No agent ran and no tool was called.", **widen)
        return
    st.markdown(agents_sentence(report, period))
    with st.container(key="lower"):
        table, rail = st.columns([3.1, 1], gap=10)
    with table:
        if agent := draw_agents(report.agents, palette()):
            state.change_page(agent=agent)
    with rail:
        draw_loops(report.loops, state.viewer_zone(), time.time_ns())
    if report.tools and (tool := draw_tools(report.tools, palette())):
        state.change_page(tool=tool)


def draw_agent(selection: Selection, report: AgentReport, name: str) -> None:
    draw_way_back(state.AGENTS_PAGE, "All agents and tools")
    draw_name(name, ":gray-badge[:material/smart_toy: agent]")
    found = next((agent for agent in report.agents if agent.agent_name == name), None)
    if found is None:
        draw_nothing_here("Not in this time", "The agent did not run.", "Show the last 30 days", period="30d")
        return
    draw_figures(agent_cards(found), "agent")
    draw_loops([loop for loop in report.loops if loop.agent_name == name], state.viewer_zone(), time.time_ns())
    traces = agents.runs_of(name, selection.window(time.time_ns()), selection.environment)
    st.markdown("**Newest runs with this agent**")
    height = ROW_PX * len(traces[:15]) + HEADER_PX
    draw_trace_table(traces, FULL_PX, key="agent_runs", height=height, palette=palette())


def draw_tool(selection: Selection, report: AgentReport, name: str) -> None:
    draw_way_back(state.AGENTS_PAGE, "All agents and tools")
    draw_name(name, ":gray-badge[:material/bolt: tool]")
    found = next((tool for tool in report.tools if tool.tool_name == name), None)
    if found is None:
        draw_nothing_here("Not in this time", "The tool was not called.", "Show the last 30 days", period="30d")
        return
    draw_figures(tool_cards(found), "tool")
    draw_call_filter(found.now)
    pages = state.rows_shown(selection, 1)
    window = selection.window(time.time_ns())
    calls, has_more = agents.calls(name, window, selection.environment, only_errors=selection.only_errors, pages=pages)
    if not calls:
        draw_nothing_here("Nothing matches", "No call went wrong.", "All calls", only_errors=False)
    elif chosen := draw_calls(calls, palette()):
        state.open_trace(*chosen)
    draw_more_calls(selection, len(calls), pages, has_more=has_more)


page.head("Agents & tools")
page.content(draw)
