from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from app.charts.activity import activity_chart
from app.charts.chart_style import DURATION_STEPS_MS, duration_steps
from app.charts.drawing import drawing
from app.charts.duration import duration_chart
from app.charts.ranking import ranking_chart
from app.charts.sparkline import sparkline_svg
from app.frames.overview import activity, durations, failed_runs, model_costs
from app.theme import DARK, LIGHT
from collector.store.records import Overview
from tests.app.samples import HOSTILE, failed_run, overview, totals


def activity_spec(figures: Overview) -> dict[str, Any]:
    spec: dict[str, Any] = activity_chart(activity(figures.buckets), figures.now, figures.period, LIGHT).to_dict()
    return spec


def duration_spec(figures: Overview) -> dict[str, Any]:
    frames = durations(figures.buckets), failed_runs(figures.failed_runs)
    spec: dict[str, Any] = duration_chart(*frames, figures.now.failed, figures.period, DARK).to_dict()
    return spec


def test_the_legend_of_the_activity_counts_what_the_card_counts() -> None:
    small = overview(now=totals(runs=12, failed=2, recovered=1))
    scale = activity_spec(small)["encoding"]["color"]["scale"]
    assert scale["domain"] == ["ok 8", "recovered 1", "failed 2", "not over 1"]
    assert scale["range"][2] == LIGHT.outcomes["failed"]


def test_the_time_axis_is_the_period_in_utc() -> None:
    domain = activity_spec(overview())["encoding"]["x"]["scale"]["domain"]
    assert domain == ["2026-11-21T15:00:00+00:00", "2026-11-22T15:00:00+00:00"]


def test_failed_runs_have_a_shape_of_their_own() -> None:
    layers = duration_spec(overview())["layer"]
    marks = [layer for layer in layers if "shape" in layer["encoding"]]
    assert len(marks) == 1
    assert marks[0]["encoding"]["shape"]["scale"] == {
        "domain": ["failed run, newest 3 of 54"],
        "range": ["triangle-up"],
    }
    assert marks[0]["encoding"]["color"]["scale"]["range"] == [DARK.outcomes["failed"]]


def test_without_failures_there_is_no_mark_and_no_legend() -> None:
    layers = duration_spec(overview(failed_runs=(), now=totals(failed=0)))["layer"]
    assert not any("shape" in layer["encoding"] for layer in layers)


def test_a_duration_chart_holds_runs_that_took_no_time() -> None:
    figures = overview(failed_runs=(failed_run("x", duration_ms=0.0),), buckets=())
    low, high = duration_spec(figures)["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert 0 < low < high


@given(st.floats(0.01, 1e8), st.floats(1.5, 1e6))
def test_the_ticks_of_a_duration_axis_are_few_and_inside(low: float, factor: float) -> None:
    steps = duration_steps(low, low * factor)
    assert len(steps) <= 6
    assert all(low <= step <= low * factor and step in DURATION_STEPS_MS for step in steps)


def test_a_ranking_keeps_the_order_it_is_given() -> None:
    spec = ranking_chart(model_costs(overview().models), LIGHT).to_dict()
    scale = spec["layer"][0]["encoding"]["y"]["scale"]
    assert scale["domain"] == ["claude-sonnet-4-5", "gpt-5", "llama-3.3-70b"]


def test_a_ranking_of_zeros_still_has_a_scale() -> None:
    frame = pd.DataFrame({"name": ["m"], "value": [0.0], "label": ["no price"]})
    assert ranking_chart(frame, LIGHT).to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0, 1.0]


def test_the_bars_of_a_ranking_leave_room_for_the_labels_beside_them() -> None:
    frame = pd.DataFrame({"name": ["m", "n"], "value": [2.0, 0.5], "label": ["$2", "$0.50, 998 unpriced"]})
    scale = ranking_chart(frame, LIGHT).to_dict()["layer"][0]["encoding"]["x"]["scale"]
    (of_first, first), (of_second, second) = re.findall(r"([\d.]+) \* \(width - (\d+)\)", scale["range"][1]["expr"])
    assert (float(of_first), float(of_second)) == (1, 4)
    assert float(second) > float(first) + 90


def test_a_hostile_name_is_data_and_never_an_expression() -> None:
    frame = pd.DataFrame({"name": [HOSTILE], "value": [1.0], "label": ["datum.value"]})
    spec = ranking_chart(frame, LIGHT).to_dict()
    spec.pop("datasets")
    for layer in spec["layer"]:
        layer["encoding"]["y"]["scale"].pop("domain")
    assert "onerror" not in json.dumps(spec)


def test_a_sparkline_ends_with_a_dot_on_the_last_value() -> None:
    svg = sparkline_svg([1, 2, 3], "#7A7A90")
    points = re.findall(r'points="([^"]*)"', svg)[0].split()
    assert points[-1] == "75.0,3.0"
    assert '<circle cx="75.0" cy="3.0"' in svg


def test_a_sparkline_has_a_gap_where_a_value_is_unknown() -> None:
    svg = sparkline_svg([1, 2, None, 3, 4], "#7A7A90")
    assert svg.count("<polyline") == 2
    assert "<polyline" not in sparkline_svg([None, None], "#7A7A90")
    assert "<circle" not in sparkline_svg([1, None], "#7A7A90")


@given(st.lists(st.none() | st.floats(0, 1e12), max_size=9))
def test_a_sparkline_stays_in_its_box(values: list[float | None]) -> None:
    for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", sparkline_svg(values, "#7A7A90")):
        assert 0 <= float(x) <= 78
        assert 0 <= float(y) <= 30


def test_a_drawing_keeps_its_frames_as_tables_that_its_layers_name() -> None:
    figures = overview()
    frames = durations(figures.buckets), failed_runs(figures.failed_runs)
    drawn = drawing(duration_chart(*frames, figures.now.failed, figures.period, LIGHT))
    tables = drawn["datasets"]
    named = {layer["data"]["name"] for layer in drawn["layer"] if "data" in layer} | {
        drawn[part]["name"] for part in ("data",) if part in drawn
    }
    assert named == set(tables)
    assert sorted(table.num_rows for table in tables.values())[-1] == max(len(frame) for frame in frames)
    json.dumps({key: value for key, value in drawn.items() if key != "datasets"})
