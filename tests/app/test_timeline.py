from __future__ import annotations

import pytest
from hypothesis import given

from app.frames.timeline import timeline
from collector.analysis.critical_path import critical_path
from collector.analysis.tree import build_tree
from collector.store.records import SpanRecord
from tests.analysis.spans import make_span, span_lists

SECOND = 1_000_000_000


def lanes(*spans: SpanRecord, row_a_span: bool = False) -> dict[str, int]:
    tree = build_tree(spans)
    bars = timeline(tree, critical_path(tree), row_a_span=row_a_span).bars
    return dict(zip(bars["span_id"], bars["lane"], strict=True))


def test_depth_is_the_lane_while_nothing_overlaps() -> None:
    assert lanes(
        make_span("root", None, 0, 10),
        make_span("a", "root", 0, 5),
        make_span("b", "root", 5, 10),
        make_span("inner", "a", 1, 2),
    ) == {"root": 0, "a": 1, "b": 1, "inner": 2}


def test_overlapping_siblings_get_lanes_of_their_own_and_deeper_spans_move_down() -> None:
    assert lanes(
        make_span("root", None, 0, 10),
        make_span("a", "root", 0, 6),
        make_span("b", "root", 4, 10),
        make_span("c", "root", 7, 9),
        make_span("inner", "a", 1, 2),
    ) == {"root": 0, "a": 1, "b": 2, "c": 1, "inner": 3}


def test_each_span_may_have_a_row_of_its_own() -> None:
    spans = (make_span("root", None, 0, 10), make_span("a", "root", 0, 5), make_span("b", "root", 5, 10))
    assert lanes(*spans, row_a_span=True) == {"root": 0, "a": 1, "b": 2}


@given(span_lists())
def test_bars_of_one_lane_never_overlap(spans: list[SpanRecord]) -> None:
    tree = build_tree(spans)
    drawn = timeline(tree, critical_path(tree))
    for _, bars in drawn.bars.groupby("lane"):
        ordered = bars.sort_values(["start", "end"])
        assert (ordered["end"].to_numpy()[:-1] <= ordered["start"].to_numpy()[1:]).all()
    assert drawn.bars["lane"].between(0, drawn.lanes - 1).all()


def test_beyond_the_limit_failures_the_selected_span_and_the_upper_levels_are_drawn() -> None:
    root = make_span("root", None, 0, 1000)
    calls = [make_span(f"call{n}", "root", n, n + 1) for n in range(100)]
    inner = [make_span(f"inner{n}", f"call{n}", n, n + 1, status="error" if n == 77 else "ok") for n in range(100)]
    tree = build_tree([root, *calls, *inner])
    drawn = timeline(tree, critical_path(tree), "inner50", limit=20)
    assert len(drawn.bars) == 20
    assert drawn.hidden == 181
    assert {"root", "inner77", "inner50"} <= set(drawn.bars["span_id"])
    assert sum(name.startswith("inner") for name in drawn.bars["span_id"]) == 2


def test_many_failures_leave_room_for_what_they_happened_in() -> None:
    root = make_span("root", None, 0, 1000)
    calls = [make_span(f"call{n}", "root", n, n + 1) for n in range(3)]
    failing = [make_span(f"bad{n}", "call0", 0, 1, status="error") for n in range(50)]
    tree = build_tree([root, *calls, *failing])
    assert {"root", "call0", "call1", "call2"} <= set(timeline(tree, critical_path(tree), limit=10).bars["span_id"])


@pytest.mark.parametrize(
    ("duration_ns", "unit", "length"),
    [
        (0, "ms", 1e-6),
        (300_000_000, "ms", 300),
        (14 * SECOND, "s", 14),
        (600 * SECOND, "min", 10),
        (10 * 3600 * SECOND, "h", 10),
    ],
)
def test_the_unit_fits_the_length_of_the_trace(duration_ns: int, unit: str, length: float) -> None:
    tree = build_tree([make_span("root", None, 0, duration_ns)])
    drawn = timeline(tree, critical_path(tree))
    assert drawn.unit == unit
    assert drawn.length == pytest.approx(length)


def test_a_failed_span_says_so_in_words_and_sign() -> None:
    tree = build_tree([make_span("root", None, 0, SECOND, name="search", status="error")])
    bar = timeline(tree, critical_path(tree)).bars.iloc[0]
    assert (bar["status"], bar["label"]) == ("failed", "✕ search")
    assert bar["label_long"].startswith("✕ search · 1.00")


def test_a_span_without_an_end_has_no_duration_to_read() -> None:
    tree = build_tree([make_span("root", None, 0, None), make_span("a", "root", 1, 9)])
    assert timeline(tree, critical_path(tree)).bars.iloc[0]["duration"] == "no end yet"


def test_unknown_tokens_and_cost_are_not_zero() -> None:
    tree = build_tree([make_span("a", None, 0, 9, kind="llm", input_tokens=5), make_span("b", "a", 1, 2)])
    bars = timeline(tree, critical_path(tree)).bars
    assert list(bars["tokens"]) == ["5 in, unknown out", "none"]
    assert list(bars["cost"]) == ["unknown", "none"]


def test_the_line_under_a_span_is_the_time_it_was_waited_for() -> None:
    tree = build_tree(
        [
            make_span("root", None, 0, 10 * SECOND),
            make_span("short", "root", SECOND, 5 * SECOND),
            make_span("long", "root", 2 * SECOND, 10 * SECOND),
        ]
    )
    drawn = timeline(tree, critical_path(tree))
    assert drawn.path[["span_id", "start", "end"]].to_numpy().tolist() == [["root", 0, 10], ["long", 2, 10]]
    assert (drawn.path_count, drawn.span_count) == (2, 3)


def test_only_the_selected_span_is_outlined() -> None:
    tree = build_tree([make_span("root", None, 0, 10), make_span("a", "root", 0, 5)])
    drawn = timeline(tree, critical_path(tree))
    assert list(drawn.selected("a")["span_id"]) == ["a"]
    assert drawn.selected("unknown").empty
    assert drawn.selected(None).empty
