"""The blocks of Home: three charts, two rankings, the head of the newest traces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd
import streamlit as st

from app import state
from app.charts.activity import activity_chart
from app.charts.drawing import Drawing, drawing
from app.charts.duration import duration_chart
from app.charts.ranking import ranking_chart
from app.components.panel import draw_chart, draw_clickable_chart, panel
from app.format import count, duration, duration_ns, escape_markdown, money
from app.frames import overview as frames
from app.selection import DEFAULT_PERIOD, asks, sensible_period
from app.theme import Palette
from collector.store.records import Bucket, FailedRun, ModelCost, Overview, Period, Totals, WorkflowTotals

CHART_PX = 172
RANKING_PX = 110
_KEPT = 32
"""Drawings of one kind: sessions that look at the same figures share one."""
_CLICK_LISTS = "A click on a bar lists the traces."


def draw_charts(figures: Overview, palette: Palette) -> None:
    with st.container(key="charts"):
        left, middle, right = st.columns([1, 1, 0.86], gap=10)
    with left:
        _draw_activity(figures, palette)
    with middle:
        _draw_durations(figures, palette)
    with right:
        _draw_models(figures, palette)


def draw_slowest(figures: Overview, palette: Palette) -> None:
    chart, words = _slowest(figures.workflows, palette)
    if words:
        with panel(
            "slowest", "Slowest workflows", "p95 duration", help=f"19 of 20 runs took no longer. {_CLICK_LISTS}"
        ):
            mark = draw_clickable_chart(chart, RANKING_PX, "slowest", words)
            if mark and mark.get("key"):
                state.open_traces(query=asks("workflow", mark["key"]), sort="-duration_ms")


def draw_dearest(figures: Overview, palette: Palette) -> None:
    chart, words = _dearest(figures.workflows, palette)
    if words:
        note = f"of {escape_markdown(money(figures.now.cost_usd))}"
        meaning = f"Known cost, all runs together and per run. {_CLICK_LISTS}"
        with panel("dearest", "Dearest workflows", note, help=meaning):
            mark = draw_clickable_chart(chart, RANKING_PX, "dearest", words)
            if mark and mark.get("key"):
                state.open_traces(query=asks("workflow", mark["key"]), sort="-cost_usd")


def _draw_activity(figures: Overview, palette: Palette) -> None:
    now = figures.now
    step = duration_ns(figures.buckets[0].length_ns if figures.buckets else None)
    chart = _activity(figures.buckets, now, figures.period, palette)
    words = f"Runs over time: {count(now.runs)}, of them {count(now.failed)} failed, {count(now.recovered)} recovered."
    meaning = "Runs by when they began and how they ended. A click on a bar looks closer at its time."
    with panel("activity", "Activity", f"runs per {step}", help=meaning):
        mark = draw_clickable_chart(chart, CHART_PX, "activity", words)
    if mark and (closer := _time_of(figures.buckets, mark.get("step"))):
        state.change_page(between=closer, period=DEFAULT_PERIOD)


def _draw_durations(figures: Overview, palette: Palette) -> None:
    now = figures.now
    chart = _durations(figures.buckets, figures.failed_runs, now.failed, figures.period, palette)
    words = (
        f"Duration over time: half of the runs took at most {duration(now.p50_ms)}, 19 of 20 {duration(now.p95_ms)}."
    )
    meaning = "Runs that are over. Triangles: failed runs; a click on one opens it."
    with panel("duration", "Duration", "p50 to p95, log scale", help=meaning):
        if not figures.failed_runs:  # nothing to click at
            draw_chart(chart, CHART_PX, "duration", words)
            return
        mark = draw_clickable_chart(chart, CHART_PX, "duration", words)
    if mark and mark.get("trace_id"):
        state.open_trace(mark["trace_id"])


def _draw_models(figures: Overview, palette: Palette) -> None:
    note = f"total {escape_markdown(money(figures.now.cost_usd))}"
    with panel(
        "models", "Cost by model", note, help="Known cost of counted model calls. Calls without a price say so."
    ):
        if figures.models:
            chart, words = _models(figures.models, palette)
            mark = draw_clickable_chart(chart, CHART_PX, "models", words)
            if mark and mark.get("key"):
                state.open_traces(query=asks("model", mark["key"]), sort="-cost_usd")
        else:
            st.container(height=CHART_PX, border=False, key="no_models").text("No model was called.")


def _time_of(buckets: Sequence[Bucket], step: object) -> Period | None:
    """Of the bucket with this number, as far as it is still among those drawn."""
    if not isinstance(step, int) or not 0 <= step < len(buckets):
        return None
    bucket = buckets[step]
    return sensible_period(bucket.start_ns, bucket.start_ns + bucket.length_ns)


@lru_cache(_KEPT)
def _activity(buckets: tuple[Bucket, ...], now: Totals, period: Period, palette: Palette) -> Drawing:
    return drawing(activity_chart(frames.activity(buckets), now, period, palette))


@lru_cache(_KEPT)
def _durations(
    buckets: tuple[Bucket, ...], runs: tuple[FailedRun, ...], failed: int, period: Period, palette: Palette
) -> Drawing:
    return drawing(duration_chart(frames.durations(buckets), frames.failed_runs(runs), failed, period, palette))


@lru_cache(_KEPT)
def _models(models: tuple[ModelCost, ...], palette: Palette) -> tuple[Drawing, str]:
    return _ranking(frames.model_costs(models), palette)


@lru_cache(_KEPT)
def _slowest(workflows: tuple[WorkflowTotals, ...], palette: Palette) -> tuple[Drawing, str]:
    return _ranking(frames.slowest(workflows), palette)


@lru_cache(_KEPT)
def _dearest(workflows: tuple[WorkflowTotals, ...], palette: Palette) -> tuple[Drawing, str]:
    return _ranking(frames.dearest(workflows), palette)


def _ranking(frame: pd.DataFrame, palette: Palette) -> tuple[Drawing, str]:
    """The chart, and what it says in words: nothing when there is nothing to rank."""
    words = ", ".join(f"{name}: {label}" for name, label in zip(frame["name"], frame["label"], strict=True))
    return drawing(ranking_chart(frame, palette)), words
