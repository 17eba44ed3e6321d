"""All agents and tools of a time."""

from __future__ import annotations

import time

import streamlit as st

from app import state
from app.components.agent_tables import draw_agents, draw_loops, draw_tools
from app.components.detail_head import draw_nothing_here, wider
from app.frames.agents import agents_sentence
from app.selection import Selection
from app.theme import palette
from collector.store.records import AgentReport


def draw_report(selection: Selection, report: AgentReport) -> None:
    words = selection.time_in_words(state.viewer_zone())
    if not report.agents and not report.tools:
        draw_nothing_here(f"No agents or tools {words}", "No agent ran and no tool was called.", **wider(selection))
        return
    st.markdown(agents_sentence(report, words))
    with st.container(key="lower"):
        table, rail = st.columns([3.1, 1], gap=10)
    with table:
        draw_agents(report.agents, palette())
    with rail:
        draw_loops(report.loops, state.viewer_zone(), time.time_ns())
    draw_tools(report.tools, palette())
