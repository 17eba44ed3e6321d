"""The blocks of the page about costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from app import state
from app.components.panel import panel
from app.components.trace_rows import draw_rows
from app.components.trace_table import height_of
from app.cost_report import CostReport
from app.format import escape_markdown, local, money, one_line, percent, plural
from app.frames import costs as frames
from app.frames.cost_rows import cost_columns, cost_rows
from app.frames.cost_words import (
    NANO,
    cards,
    provenance,
    sentence,
    usd,
)
from app.frames.headline import Card
from app.theme import Palette
from collector.analysis.bridge import bridge
from collector.analysis.forecast import Forecast
from collector.analysis.spending import Caching, GroupCost, by_source, dearest_run, unpriced_models
from collector.analysis.what_if import PriceOfCall, what_if
from collector.store.records.costs import CostCell, Costs, DearRun

CHART_PX = 330
TABLE_ROWS = 12
_CARDS_PX = 560


def draw_sentence(costs: Costs, month: Forecast | None) -> None:
    st.markdown(sentence(costs, bridge(costs.before, costs.now), month), width="stretch")


def nothing_matches(report: CostReport) -> None:
    with st.container(border=True, key="no_costs"):
        st.markdown("**No call matches**" if report.where else "**No calls in this time**")
        st.text("No model was called in this time or the time before. Choose a longer time, or fewer filters.")
        if report.where:
            st.button("Clear filters", on_click=state.change_report, kwargs={"where": ()}, key="clear_cost_filters")


def cards_of(costs: Costs, report: CostReport, month: Forecast | None, now_ns: int) -> tuple[Card, ...]:
    """month: the present one, whatever the report's time is."""
    today = datetime.fromtimestamp(now_ns // NANO, ZoneInfo(costs.question.zone))
    return cards(costs, report, month, f"{today:%B}")


def draw_provenance(costs: Costs) -> None:
    """costs: whose cells don't overlap."""
    unpriced = unpriced_models(costs.now)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="sources"):
        told = provenance(by_source(costs.now), costs.total_now.cost_nusd, unpriced)
        st.text(one_line(told), width="stretch")
        if unpriced:
            params = state.page_params()
            st.page_link(
                state.PRICES_PAGE, label="Price them", icon=":material/sell:", query_params=params, width="content"
            )


def draw_table(
    rows: Sequence[GroupCost], costs: Costs, palette: Palette, to: Callable[[GroupCost | None], str]
) -> str | None:
    """The id of the row that was clicked, once. to: the address of a row's calls, for a tab of their own."""
    dimensions = costs.question.by
    if "tag" in dimensions:
        st.caption("Rows of tags overlap: a call stands under each of its tags. The total counts it once.")
    draw_rows(
        cost_rows(rows, costs, to),
        cost_columns(dimensions),
        key="cost_rows",
        height=height_of(len(rows) + 1, TABLE_ROWS),
        palette=palette,
        label="Cost by " + " and ".join(dimensions) + ": a row opens its calls",
        cards_px=_CARDS_PX,
        on_open=partial(state.note_clicked, "cost_rows"),
    )
    dearest = dearest_run(rows) if frames.tells_runs(dimensions) else None
    if dearest and dearest.now_nusd:
        each = money(usd(dearest.now_nusd // dearest.runs))
        whose = ", ".join(map(frames.label, dearest.groups))
        st.caption(escape_markdown(f"Dearest a run: {whose}, {each} each of {plural(dearest.runs, 'run')}."))
    return state.clicked("cost_rows")


def draw_what_if(
    costs: Costs, report: CostReport, models: Sequence[str], price_of: Callable[[str], PriceOfCall]
) -> None:
    used = [model for model in dict.fromkeys(cell.model for cell in _dearest_first(costs)) if model]
    with panel("what_if", "What if", help="The tokens as they were, at another model's price of today."):
        if not used:
            st.text("No model was called at a known cost.")
            return
        chosen = report.model_from if report.model_from in used else used[0]
        others = [model for model in dict.fromkeys([*used, *models]) if model != chosen]
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.text("Tokens of", width="content")
            _model("model_from", "Model", used, chosen)
            st.text("at", width="content")
            other = _model("model_to", "Other model", others, report.model_to)
        found = what_if(costs.now, chosen, price_of(other)) if other else None
        if other and found is None:
            st.text(f"No price is known for {one_line(other)}, or the calls say nothing of their tokens.")
        elif other and found:
            low, high = money(usd(found.low_nusd)), money(usd(found.high_nusd))
            amount = low if low == high else f"{low} to {high}"
            st.markdown(
                f"The same tokens at {escape_markdown(one_line(other))} would have cost **{escape_markdown(amount)}** "
                f"instead of **{escape_markdown(money(usd(found.instead_of_nusd)))}**."
            )
            st.caption(
                f"{plural(found.calls, 'call')}. One end: as much from the cache as now; the other: nothing. "
                "A first guess: models count tokens differently, and answer with more or fewer."
            )


def draw_caching(found: Caching) -> None:
    with panel("caching", "Caching", help="Of calls whose cost is known by its parts."):
        if found.read_share is None:
            st.text("No call told how many tokens went in.")
            return
        st.markdown(
            f"**{percent(found.read_share)}** of the input tokens came from a cache; that saved "
            f"**{escape_markdown(money(usd(found.saved_nusd)))}**."
        )
        if found.could_save_nusd > 0:
            st.caption(
                f"Another {escape_markdown(money(usd(found.could_save_nusd)))}, had every workflow read as large a "
                "share from the cache as the best one with the same model did."
            )


def draw_dear_runs(runs: Sequence[DearRun], zone: tzinfo, calls: Mapping[str, str | list[str]]) -> None:
    """calls: what a link to the dearest calls of the report says."""
    with panel("dear_runs", "Dearest runs", "of this time", help="By the cost of their calls in this time."):
        st.page_link(
            state.TRACES_PAGE,
            label="The dearest single calls",
            icon=":material/toll:",
            query_params=calls,
            width="content",
        )
        digits = 2 if runs and (runs[0].cost_nusd or 0) >= NANO else None
        for run in runs:
            models = f", {', '.join(map(one_line, run.models))}" if run.models else ""
            when, workflow = local(run.start_ns, zone), one_line(run.workflow or "no workflow")
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                st.page_link(
                    state.TRACE_PAGE,
                    label=escape_markdown(f"{money(usd(run.cost_nusd), digits)} {workflow}"),
                    query_params=state.trace_params(run.trace_id),
                    width="content",
                )
                st.text(f"{when:%-d %b %H:%M}, {plural(run.calls, 'call')}{models}")


def _model(field: str, label: str, options: Sequence[str], chosen: str | None) -> str | None:
    picked: str | None = st.selectbox(
        label,
        options,
        index=None,
        format_func=one_line,
        key=state.follow_report(field, chosen, always=True),
        on_change=state.take_report,
        args=(field,),
        placeholder="a model",
        label_visibility="collapsed",
        width=170,
    )
    return picked


def _dearest_first(costs: Costs) -> list[CostCell]:
    known = [cell for cell in costs.now if cell.spend.cost_nusd]
    return sorted(known, key=lambda cell: -(cell.spend.cost_nusd or 0))
