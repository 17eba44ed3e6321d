from __future__ import annotations

from typing import Any

import pytest

from app.charts.gantt import LANE_PX, datasets, gantt, height_px
from app.frames.timeline import Timeline, timeline
from app.theme import DARK, LIGHT, Palette
from collector.analysis.critical_path import critical_path
from collector.analysis.tree import build_tree
from tests.analysis.spans import make_span


@pytest.fixture
def drawn() -> Timeline:
    tree = build_tree(
        [
            make_span("root", None, 0, 10_000_000_000, kind="workflow", name="support"),
            make_span("good", "root", 0, 5_000_000_000, kind="tool", name="search"),
            make_span("bad", "root", 5_000_000_000, 9_000_000_000, kind="llm", name="chat", status="error"),
            make_span("odd", "root", 9_000_000_000, 9_500_000_000, kind="never-heard-of", name="odd"),
        ]
    )
    return timeline(tree, critical_path(tree))


def layers(drawn: Timeline) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = gantt(drawn, LIGHT).to_dict()["layer"]
    return found


def test_a_click_gives_the_span_id_and_only_time_zooms(drawn: Timeline) -> None:
    params = {param["name"]: param for param in gantt(drawn, LIGHT).to_dict()["params"]}
    assert params["span"]["select"]["fields"] == ["span_id"]
    assert params["zoom"]["select"]["encodings"] == ["x"]
    assert params["zoom"]["bind"] == "scales"


def test_the_chart_is_the_same_for_every_selection(drawn: Timeline) -> None:
    assert {layer["data"]["name"] for layer in layers(drawn)} == {"bars", "path", "selected"}
    one, other = datasets(drawn, "good", LIGHT), datasets(drawn, "bad", LIGHT)
    assert one["bars"].equals(other["bars"])
    assert not one["selected"].equals(other["selected"])


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_failed_bars_are_red_and_the_others_have_the_colour_of_their_kind(drawn: Timeline, palette: Palette) -> None:
    bars = datasets(drawn, None, palette)["bars"].set_index("span_id")
    assert bars.loc["bad", "fill"] == palette.kinds["failed"]
    assert bars.loc["good", "fill"] == palette.kinds["tool"]
    assert bars.loc["odd", "fill"] == palette.kinds["other"]
    assert bars.loc["odd", "shape"] == "other"
    assert bars.loc["good", "ink"] == palette.on_light_bar


def test_every_bar_has_a_description_for_those_who_do_not_see_it(drawn: Timeline) -> None:
    bars, *others = layers(drawn)
    assert bars["encoding"]["description"]["field"] == "label_long"
    assert all(layer["mark"]["aria"] is False for layer in others)


def test_lanes_keep_their_height_however_many_there_are() -> None:
    spans = [make_span("root", None, 0, 100), *(make_span(f"s{n}", "root", 0, 100) for n in range(60))]
    tree = build_tree(spans)
    many = timeline(tree, critical_path(tree))
    assert height_px(many) >= 61 * LANE_PX
    assert gantt(many, LIGHT).to_dict()["height"] == height_px(many)


def test_text_of_a_span_is_data_and_never_part_of_the_chart() -> None:
    hostile = "datum.constructor('alert(1)') <img src=x>"
    tree = build_tree([make_span("root", None, 0, 100, name=hostile, kind=hostile)])
    drawn = timeline(tree, critical_path(tree))
    assert "alert" not in str(gantt(drawn, LIGHT).to_dict())
    assert datasets(drawn, None, LIGHT)["bars"].iloc[0]["name"] == hostile
