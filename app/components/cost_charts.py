"""The two charts of a cost report: what moved it, and what each day cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from app import state
from app.charts.bridge import bridge_chart
from app.charts.cost_steps import cost_steps_chart
from app.components.panel import draw_clickable_chart
from app.cost_report import STEPS, CostReport
from app.format import escape_markdown, money, one_line, plural
from app.frames import costs as frames
from app.frames.cost_words import NANO, STEP_NAMES, filters_in_words, in_words, signed, usd
from app.theme import Palette
from collector.analysis.bridge import STEPS as BRIDGE_STEPS
from collector.analysis.bridge import Bridge
from collector.store.records.costs import Costs

CHART_PX = 330
Link = Callable[[str], Mapping[str, str | list[str]]]
"""What a link to the calls behind a step of the bridge says."""


def draw_bridge(costs: Costs, moved: Bridge, report: CostReport, palette: Palette, link: Link) -> str | None:
    """The step whose bar was clicked, once: before, now, or one of the bridge's."""
    zone = costs.question.zone
    frame = frames.bridge_frame(moved, *_names(costs))
    title = f"What moved the cost: {frame['label'].iloc[0]} to {frame['label'].iloc[-1]}"
    subtitle = [
        f"{in_words(costs.question.now, zone)} against {in_words(costs.question.before, zone)}.",
        one_line(f"{filters_in_words(report).capitalize()}. The five steps add up to the change."),
    ]
    words = ", ".join(f"{name}: {label}" for name, label in zip(frame["name"], frame["label"], strict=True))
    with st.container(border=True, key="panel_bridge", gap=None):
        mark = draw_clickable_chart(bridge_chart(frame, title, subtitle, palette), CHART_PX, "bridge", words)
        with st.popover("What is behind each step", icon=":material/list:", key="bridge_movers"):
            for step in BRIDGE_STEPS:
                _draw_movers(moved, step, link)
    return mark.get("step") if mark else None


def _draw_movers(moved: Bridge, step: str, link: Link) -> None:
    moving = frames.movers_frame(moved, step)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(f"{STEP_NAMES[step]}: {escape_markdown(signed(usd(moved.step_nusd(step))))}", width="content")
        if len(moving):
            st.page_link(state.TRACES_PAGE, label="The calls", query_params=link(step), width="content")
    if len(moving):
        st.dataframe(moving, hide_index=True, key=f"movers_{step}")


def draw_steps(costs: Costs, report: CostReport, palette: Palette) -> datetime | None:
    """When the bar that was clicked starts, on the wall of the zone, once."""
    question, step = costs.question, report.steps(costs.question.now)
    frame = frames.steps_frame(costs, step)
    starts = frames.whole_steps(question.now, question.zone, step)
    before = costs.total_before.cost_nusd
    days = question.before.length_ns / (86_400 * NANO)
    mean = before / NANO / days if before and step == "day" and days >= 1 else None
    title = f"Cost by {report.by}, {in_words(question.now, question.zone)}: {money(usd(costs.total_now.cost_nusd))}"
    unpriced = costs.total_now.unpriced_calls
    told = [f"$ {STEPS[step]}, {question.zone}. {filters_in_words(report).capitalize()}."]
    told.append(f"Without {plural(unpriced, 'call')} that have no price." if unpriced else "")
    if mean:
        told[-1] += f" Dashed line: {money(mean, 2)} a day before."
    if "tag" in report.dimensions[:1]:
        told[-1] += " Tags overlap."
    chart = cost_steps_chart(
        frame, starts, step, mean, one_line(title), [one_line(line) for line in told if line], palette
    )
    with st.container(border=True, key="panel_cost_steps", gap=None):
        mark = draw_clickable_chart(chart, CHART_PX + 40, "cost_steps", f"{title}, {STEPS[step]}.")
    slot = str(mark["slot"]) if mark and "slot" in mark else None
    return next((start for start in starts if start.isoformat() == slot), None)


def _names(costs: Costs) -> tuple[str, str]:
    """What the first and the last bar of the bridge are called."""
    zone = ZoneInfo(costs.question.zone)
    starts = [datetime.fromtimestamp(p.start_ns // NANO, zone) for p in (costs.question.before, costs.question.now)]
    if starts[0].month != starts[1].month and all(start.day == 1 for start in starts):
        return f"{starts[0]:%b}", f"{starts[1]:%b}"
    return "Before", "Now"
