"""Agents & tools: what they do, how often it goes wrong, and what they were asked."""

from __future__ import annotations

import time

import streamlit as st

from app import live, page, queries, state
from app.components import states
from app.components.agent_tables import draw_agents, draw_loops, draw_tools
from app.components.detail_head import draw_nothing_here
from app.components.recipes import first_lines
from app.frames.agents import agents_sentence
from app.queries import agents
from app.selection import Selection
from app.theme import palette
from app.views.parts.agent import draw_agent
from app.views.parts.tool import draw_tool
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
            draw_report(selection, report)


def draw_report(selection: Selection, report: AgentReport) -> None:
    words = selection.time_in_words(state.viewer_zone())
    if not report.agents and not report.tools:
        widen = (
            {"offer": "Show the last 30 days", "period": "30d", "between": None}
            if selection.period not in ("30d", "90d")
            else {}
        )
        draw_nothing_here(f"No agents or tools {words}", "No agent ran and no tool was called.", **widen)
        return
    st.markdown(agents_sentence(report, words))
    with st.container(key="lower"):
        table, rail = st.columns([3.1, 1], gap=10)
    with table:
        agent = draw_agents(report.agents, palette())
    with rail:
        draw_loops(report.loops, state.viewer_zone(), time.time_ns())
    tool = draw_tools(report.tools, palette())
    if agent or tool:
        state.change_page(agent=agent, tool=tool)


page.head("Agents & tools")
live.content(page.telling(draw))
