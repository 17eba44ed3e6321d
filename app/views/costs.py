"""Costs: where the money went, what moved it, and where the month heads."""

from __future__ import annotations

import time
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from app import live, queries, state
from app.components import cost_controls as controls
from app.components import costs as blocks
from app.components import frame, states
from app.components.cards import draw_cards
from app.components.recipes import first_lines
from app.cost_report import DIMENSIONS, CostReport, of_known
from app.frames.cost_files import csv_bytes, xlsx_bytes
from app.queries import costs as cost_queries
from app.theme import palette
from collector.analysis.bridge import bridge
from collector.analysis.spending import caching, group_costs
from collector.store.records.costs import Costs


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


def draw_head(report: CostReport, found: Costs, now_ns: int) -> None:
    rows, name = partial(group_costs, found.before, found.now), f"costs-by-{'-and-'.join(report.dimensions)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="cost_head"):
        blocks.draw_sentence(found, cost_queries.month(report, now_ns))
        controls.draw_files(name, lambda: csv_bytes(rows(), found, report), lambda: xlsx_bytes(rows(), found, report))


def draw_controls(report: CostReport, dimensions: tuple[str, ...], found: Costs) -> None:
    now, zone = found.question.now, found.question.zone
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="cost_controls"):
        controls.draw_time(report, dimensions, datetime.now(ZoneInfo(zone)).date())
        controls.draw_filters(report, dimensions, partial(cost_queries.values, now), zone, report.steps(now))


def draw_report(report: CostReport, found: Costs, now_ns: int) -> None:
    draw_cards(blocks.cards_of(found, report, cost_queries.month(report, now_ns)), "", palette())
    live.let_paint("costs")
    left, right = st.columns([1, 1.28], gap=10)
    plain = cost_queries.without_overlap(found)
    with left:
        blocks.draw_bridge(found, bridge(plain.before, plain.now), report, palette())
    with right:
        blocks.draw_steps(found, report, palette())
    table, side = st.columns([1.9, 1], gap=10)
    with table:
        blocks.draw_table(group_costs(found.before, found.now), found, report)
        blocks.draw_dear_runs(cost_queries.dear_runs(found.question), ZoneInfo(found.question.zone))
    with side, st.container(gap=10):
        blocks.draw_what_if(plain, report, cost_queries.priced_models(), cost_queries.price_of)
        blocks.draw_caching(caching(plain.now))
    blocks.draw_provenance(plain)


with frame.head("Costs"):
    live.pulse()
live.content(draw)
