"""One tool: its figures, and its calls with what went in and came out."""

from __future__ import annotations

import time

from app import state
from app.components.agent_tables import draw_calls
from app.components.call_list import draw_call_filter, draw_more_calls
from app.components.detail_head import draw_figures, draw_name, draw_nothing_here, draw_way_back
from app.components.list_head import draw_list_head
from app.frames.agents import tool_cards
from app.queries import agents
from app.selection import Selection, asks
from app.theme import palette
from collector.store.records import AgentReport


def draw_tool(selection: Selection, report: AgentReport, name: str) -> None:
    draw_way_back("All agents and tools", tool=None, agent=None, only_errors=False)
    draw_name(name, ":gray-badge[:material/bolt: tool]")
    found = next((tool for tool in report.tools if tool.tool_name == name), None)
    if found is None:
        draw_nothing_here(
            "Not in this time", "The tool was not called.", "Show the last 30 days", period="30d", between=None
        )
        return
    draw_figures(tool_cards(found), "tool")
    draw_call_filter(found.now)
    pages, window = state.rows_shown(selection, 1), selection.window(time.time_ns())
    calls, has_more = agents.calls(name, window, selection.environment, only_errors=selection.only_errors, pages=pages)
    if not calls:
        draw_nothing_here("Nothing matches", "No call went wrong.", "All calls", only_errors=False)
        return
    draw_list_head("Newest calls", "All in Traces", listing="tool", query=asks("tool", name))
    draw_calls(calls, palette())
    draw_more_calls(selection, len(calls), pages, has_more=has_more)
