"""A cost report: its head, its controls, its blocks."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from app import live
from app.components import cost_controls as controls
from app.components import costs as blocks
from app.components.cards import draw_cards
from app.cost_report import CostReport
from app.frames.cost_files import csv_bytes, xlsx_bytes
from app.queries import costs as cost_queries
from app.theme import palette
from collector.analysis.bridge import bridge
from collector.analysis.spending import caching, group_costs
from collector.store.records.costs import Costs


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
