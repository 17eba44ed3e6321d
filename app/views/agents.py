"""Agents & tools: what they do, how often it goes wrong, and what they were asked."""

from __future__ import annotations

import time

from app import live, page, queries, state
from app.components import states
from app.components.places import place
from app.components.recipes import first_lines
from app.queries import agents
from app.views.parts.agent import draw_agent
from app.views.parts.agent_report import draw_report
from app.views.parts.tool import draw_tool


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        selection, all_of_it = state.current(), place("report", 914)
        report = agents.report(selection.window(time.time_ns()), selection.environment)
        with all_of_it:
            if selection.tool:
                draw_tool(selection, report, selection.tool)
            elif selection.agent:
                draw_agent(selection, report, selection.agent)
            else:
                draw_report(selection, report)


page.head("Agents & tools")
live.content(page.telling(draw))
