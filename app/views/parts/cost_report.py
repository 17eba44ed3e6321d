"""A cost report: its head, its controls, its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from app import live, state
from app.commands import invoices as invoice_commands
from app.commands import views as view_commands
from app.components import cost_charts as charts
from app.components import cost_controls as controls
from app.components import costs as blocks
from app.components.cards import draw_cards
from app.components.invoices import draw_invoices
from app.components.saved_views import REPORTS, draw_saved_views
from app.cost_calls import of_group, of_step
from app.cost_report import CostReport, closer, hour_of, month_of
from app.frames.cost_files import csv_bytes, xlsx_bytes
from app.frames.cost_rows import TOTAL, row_id
from app.queries import costs as cost_queries
from app.queries import invoices, views
from app.theme import palette
from app.views.parts import cost_calls
from collector.analysis.bridge import Bridge, bridge
from collector.analysis.spending import GroupCost, caching, group_costs
from collector.store.records import Period
from collector.store.records.costs import CostFilter, Costs


def draw_head(report: CostReport, found: Costs, now_ns: int) -> None:
    name = f"costs-by-{'-and-'.join(report.dimensions)}"

    def rows() -> tuple[Sequence[GroupCost], Costs, CostReport]:
        """Also of those that the page tells as one."""
        whole = cost_queries.costs(replace(found.question, all_groups=True))
        return group_costs(whole.before, whole.now), whole, report

    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="cost_head"):
        blocks.draw_sentence(found, cost_queries.month(report, now_ns))
        params = state.saved_report_params(views.REPORT)
        draw_saved_views(views.saved_reports(), state.current().view, params, view_commands, REPORTS)
        controls.draw_files(name, lambda: csv_bytes(*rows()), lambda: xlsx_bytes(*rows()))
        month = month_of(found.question.now, cost_queries.reporting_zone())
        controls.draw_monthly(month, lambda: cost_queries.monthly_report(month, now_ns))


def draw_controls(report: CostReport, dimensions: tuple[str, ...], found: Costs) -> None:
    now, zone = found.question.now, found.question.zone
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="cost_controls"):
        controls.draw_time(report, dimensions, datetime.now(ZoneInfo(zone)).date())
        controls.draw_filters(report, dimensions, partial(cost_queries.values, now), zone, report.steps(now))


def draw_report(report: CostReport, found: Costs, now_ns: int) -> None:
    draw_cards(blocks.cards_of(found, report, cost_queries.month(report, now_ns), now_ns), "", palette())
    live.let_paint("costs")
    plain = cost_queries.without_overlap(found)
    _draw_charts(report, found, plain)
    table, side = st.columns([1.9 if len(found.question.by) == 1 else 2.6, 1], gap=10)
    question, rows = found.question, group_costs(found.before, found.now)
    with table:
        chosen = blocks.draw_table(rows, found, palette(), lambda row: cost_calls.address(*_behind(found, row)))
        calls = cost_calls.link(question.where, question.now)
        blocks.draw_dear_runs(cost_queries.dear_runs(question), ZoneInfo(question.zone), calls)
    with side, st.container(gap=10):
        blocks.draw_what_if(plain, report, cost_queries.priced_models(), cost_queries.price_of)
        blocks.draw_caching(caching(plain.now))
    blocks.draw_provenance(plain)
    providers = cost_queries.values(question.now, "provider")
    today = datetime.now(ZoneInfo(cost_queries.reporting_zone())).date()
    draw_invoices(invoices.billed(), providers, today, invoice_commands)
    by_id: dict[str, GroupCost | None] = {row_id(row): row for row in rows} | {TOTAL: None}
    if chosen in by_id:
        cost_calls.open_calls(*_behind(found, by_id[chosen]))


def _draw_charts(report: CostReport, found: Costs, plain: Costs) -> None:
    """plain: the same without overlapping cells."""
    left, right = st.columns([1, 1.28], gap=10)
    moved, question = bridge(plain.before, plain.now), found.question
    with left:
        links = partial(_step_link, plain, moved)
        step = charts.draw_bridge(found, moved, report, palette(), links)
    with right:
        start = charts.draw_steps(found, report, palette())
    if step in ("before", "now"):
        cost_calls.open_calls(question.where, question.now if step == "now" else question.before)
    elif step:
        cost_calls.open_calls(*of_step(plain, moved, step))
    if start and question.hourly:
        cost_calls.open_calls(question.where, hour_of(start, question.zone))
    elif start:
        length = report.steps(question.now)
        state.change_page(costs=closer(report, start, length, question.now, question.zone))


def _step_link(plain: Costs, moved: Bridge, step: str) -> dict[str, str | list[str]]:
    return cost_calls.link(*of_step(plain, moved, step))


def _behind(found: Costs, row: GroupCost | None) -> tuple[tuple[CostFilter, ...], Period]:
    """The calls of a row, those of the time before where it has none now; of the total those of all."""
    question = found.question
    if row is None:
        return question.where, question.now
    return of_group(found, row.groups), question.now if row.calls else question.before
