"""The blocks of Home: three charts, two rankings, the head of the newest traces."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import state
from app.charts.activity import activity_chart
from app.charts.duration import duration_chart
from app.charts.ranking import ranking_chart
from app.components.panel import draw_chart, draw_clickable_chart, panel
from app.format import count, duration, duration_ns, escape_markdown, money
from app.frames import overview as frames
from app.selection import DEFAULT_PERIOD, asks, sensible_period
from app.theme import Palette
from collector.store.records import Bucket, Overview, Period

CHART_PX = 172
RANKING_PX = 110
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
    frame = frames.slowest(figures.workflows)
    if len(frame):
        with panel(
            "slowest", "Slowest workflows", "p95 duration", help=f"19 of 20 runs took no longer. {_CLICK_LISTS}"
        ):
            mark = draw_clickable_chart(ranking_chart(frame, palette), RANKING_PX, "slowest", _in_words(frame))
            if mark and mark.get("key"):
                state.open_traces(query=asks("workflow", mark["key"]), sort="-duration_ms")


def draw_dearest(figures: Overview, palette: Palette) -> None:
    frame = frames.dearest(figures.workflows)
    if len(frame):
        note = f"of {escape_markdown(money(figures.now.cost_usd))}"
        meaning = f"Known cost, all runs together and per run. {_CLICK_LISTS}"
        with panel("dearest", "Dearest workflows", note, help=meaning):
            mark = draw_clickable_chart(ranking_chart(frame, palette), RANKING_PX, "dearest", _in_words(frame))
            if mark and mark.get("key"):
                state.open_traces(query=asks("workflow", mark["key"]), sort="-cost_usd")


def _draw_activity(figures: Overview, palette: Palette) -> None:
    now = figures.now
    step = duration_ns(figures.buckets[0].length_ns if figures.buckets else None)
    chart = activity_chart(frames.activity(figures.buckets), now, figures.period, palette)
    words = f"Runs over time: {count(now.runs)}, of them {count(now.failed)} failed, {count(now.recovered)} recovered."
    meaning = "Runs by when they began and how they ended. A click on a bar looks closer at its time."
    with panel("activity", "Activity", f"runs per {step}", help=meaning):
        mark = draw_clickable_chart(chart, CHART_PX, "activity", words)
    if mark and (closer := _time_of(figures.buckets, mark.get("step"))):
        state.change_page(between=closer, period=DEFAULT_PERIOD)


def _draw_durations(figures: Overview, palette: Palette) -> None:
    now = figures.now
    band, failed = frames.durations(figures.buckets), frames.failed_runs(figures.failed_runs)
    chart = duration_chart(band, failed, now.failed, figures.period, palette)
    words = (
        f"Duration over time: half of the runs took at most {duration(now.p50_ms)}, 19 of 20 {duration(now.p95_ms)}."
    )
    meaning = "Runs that are over. Triangles: failed runs; a click on one opens it."
    with panel("duration", "Duration", "p50 to p95, log scale", help=meaning):
        if not len(failed):  # nothing to click at
            draw_chart(chart, CHART_PX, "duration", words)
            return
        mark = draw_clickable_chart(chart, CHART_PX, "duration", words)
    if mark and mark.get("trace_id"):
        state.open_trace(mark["trace_id"])


def _draw_models(figures: Overview, palette: Palette) -> None:
    frame = frames.model_costs(figures.models)
    note = f"total {escape_markdown(money(figures.now.cost_usd))}"
    with panel(
        "models", "Cost by model", note, help="Known cost of counted model calls. Calls without a price say so."
    ):
        if len(frame):
            mark = draw_clickable_chart(ranking_chart(frame, palette), CHART_PX, "models", _in_words(frame))
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


def _in_words(frame: pd.DataFrame) -> str:
    return ", ".join(f"{name}: {label}" for name, label in zip(frame["name"], frame["label"], strict=True))
