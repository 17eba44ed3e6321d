"""Costs: where the money went, what moved it, and where the month heads."""

from __future__ import annotations

import time

from app import live, page, queries, state
from app.components import costs as blocks
from app.components import frame, states
from app.components.recipes import first_lines
from app.cost_report import DIMENSIONS, of_known
from app.queries import costs as cost_queries
from app.queries import views
from app.views.parts.cost_report import draw_controls, draw_head, draw_report
from app.views.parts.saved_view import open_saved_view


def draw() -> None:
    with states.outage_shown():
        if not queries.freshness().any_spans:
            states.nothing_yet(first_lines(state.server_url(), queries.needs_api_key()))
            return
        dimensions = (*cost_queries.promoted_dimensions(), *DIMENSIONS)
        report, now_ns = of_known(state.current().costs, dimensions), time.time_ns()
        question = report.question(now_ns, cost_queries.reporting_zone())
        found = cost_queries.costs(question)
        draw_head(report, found, now_ns)
        draw_controls(report, dimensions, found)
        if not found.total_now.calls and not found.total_before.calls:
            blocks.nothing_matches(report)
            return
        draw_report(report, found, now_ns)


open_saved_view(views.saved_reports)
with frame.head("Costs"):
    live.pulse()
live.content(page.telling(draw))
