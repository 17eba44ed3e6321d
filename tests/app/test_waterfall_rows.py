from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given

from app.frames.waterfall import CLOSED, FAILED, IS_SUM, ORPHAN, RETURNED_ERROR, UNFINISHED, Waterfall, waterfall
from collector.analysis.study import study
from collector.store.records import ExceptionNote, SpanRecord
from tests.analysis.spans import make_span, span_lists
from tests.app.samples import HOSTILE

MS = 1_000_000


def content(rows: Waterfall) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(rows.payload)
    return read


def lines(rows: Waterfall) -> list[dict[str, Any]]:
    columns = content(rows)["rows"]
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def line(rows: Waterfall, row_id: str) -> dict[str, Any]:
    return next(row for row in lines(rows) if row["id"] == row_id)


def rows_of(*spans: SpanRecord, **options: bool) -> Waterfall:
    return waterfall(study(spans), **options)


def agent_with_searches() -> list[SpanRecord]:
    """An agent that searches four times, the second time in vain; each search makes a request."""
    spans = [make_span("a", None, 0, 100 * MS, kind="agent", name="agent")]
    for number in range(4):
        start, status = number * 20 * MS, "error" if number == 1 else "ok"
        spans.append(make_span(f"b{number}", "a", start, start + 10 * MS, kind="tool", name="search", status=status))
        spans.append(make_span(f"c{number}", f"b{number}", start, start + 5 * MS, name="POST", status=status))
    return spans


def test_times_are_microseconds_from_the_start_of_the_trace() -> None:
    rows = rows_of(
        make_span("a", None, 5 * MS, 25 * MS, kind="agent"),
        make_span("b", "a", 7 * MS, 12 * MS, kind="llm", time_to_first_token_ms=1.5),
    )
    assert content(rows)["total"] == 20_000
    model = line(rows, "b")
    assert (model["start"], model["length"], model["first"], model["self"]) == (2_000, 5_000, 1_500, 5_000)
    assert line(rows, "a")["self"] == 15_000


def test_what_is_unknown_is_not_zero() -> None:
    rows = rows_of(
        make_span("a", None, 0, MS, kind="llm", counted=True),
        make_span("b", None, 0, MS, kind="tool"),
        make_span("c", None, 0, MS, kind="llm", counted=True, cost_usd=0.0, input_tokens=0),
    )
    assert [(line(rows, at)["tokens"], line(rows, at)["cost"]) for at in "abc"] == [
        (None, "unknown"),
        (None, ""),
        (0, "$0"),
    ]


def test_sums_are_marked_so_that_nobody_adds_them_to_their_parts() -> None:
    rows = rows_of(
        make_span("a", None, 0, MS, kind="agent"),
        make_span("b", "a", 0, MS, kind="llm", counted=True, input_tokens=5, cost_usd=0.5),
    )
    assert line(rows, "a")["flags"] & IS_SUM
    assert not line(rows, "b")["flags"] & IS_SUM
    assert line(rows, "a")["tokens"] == line(rows, "b")["tokens"] == 5


def test_a_failure_says_why_in_a_word() -> None:
    failed = make_span(
        "a", None, 0, MS, status="error", exceptions=(ExceptionNote(type="shop.errors.Timeout", message="late"),)
    )
    rows = rows_of(failed, make_span("b", "gone", 0, None, returned_error="no such order"))
    names = content(rows)["notes"]
    assert names[line(rows, "a")["note"]] == "Timeout"
    assert line(rows, "a")["flags"] & FAILED
    assert names[line(rows, "b")["note"]] == "no such order"
    assert line(rows, "b")["flags"] == RETURNED_ERROR | UNFINISHED | ORPHAN | IS_SUM


def test_a_first_token_at_no_time_is_left_out() -> None:
    rows = rows_of(make_span("a", None, 0, MS, kind="llm", time_to_first_token_ms=float("nan")))
    assert line(rows, "a")["first"] is None


def test_calls_are_numbered_and_what_is_inside_them_is_not() -> None:
    numbers = {row["id"]: row["step"] for row in lines(rows_of(*agent_with_searches()))}
    assert numbers == {"a": 0, "b0": 1, "c0": 0, "b1": 2, "c1": 0, "b2": 3, "c2": 0, "b3": 4, "c3": 0}


def test_repeats_stand_below_a_closed_row_with_their_failures() -> None:
    rows = rows_of(*agent_with_searches(), groups=True)
    together = line(rows, "repeat-b0")
    assert (together["count"], together["failed"], together["depth"]) == (4, 1, 1)
    assert together["flags"] & CLOSED
    assert [(row["id"], row["depth"]) for row in lines(rows)][:4] == [("a", 0), ("repeat-b0", 1), ("b0", 2), ("c0", 3)]


def test_folded_spans_are_counted_and_found_in_the_row_above() -> None:
    rows = rows_of(*agent_with_searches(), folds=True)
    assert [row["id"] for row in lines(rows)] == ["a", "b0", "b1", "b2", "b3"]
    assert rows.hidden == 4
    assert line(rows, "b0")["folded"] == 1
    assert rows.row("c2") == "b2"
    assert rows.row("b2") == "b2"


def test_a_hostile_name_stays_one_line_of_text() -> None:
    rows = rows_of(make_span("a", None, 0, MS, name=HOSTILE + "\n\u202e\ud800", kind=HOSTILE))
    assert "\n" not in content(rows)["names"][0]
    assert content(rows)["kinds"][line(rows, "a")["kind"]] == "other"


def test_a_change_of_the_rows_changes_the_revision() -> None:
    spans = agent_with_searches()
    first, same, other = rows_of(*spans), rows_of(*spans), rows_of(*spans[:-1])
    assert first.payload == same.payload
    assert first.payload[:40] != other.payload[:40]


@given(span_lists())
def test_every_span_has_one_row_whatever_is_folded_and_grouped(spans: list[SpanRecord]) -> None:
    of_trace = study(spans)
    for folds in (False, True):
        for groups in (False, True):
            rows = waterfall(of_trace, folds=folds, groups=groups)
            shown = [row["id"] for row in lines(rows)]
            assert len(shown) == len(set(shown))
            assert {rows.row(node.span.span_id) for node in of_trace.tree.nodes} <= set(shown)
            own = [row_id for row_id in shown if not row_id.startswith("repeat-")]
            assert len(own) == len(of_trace.tree.nodes) - rows.hidden


@given(span_lists())
def test_rows_are_depth_first_without_a_gap(spans: list[SpanRecord]) -> None:
    depths = [row["depth"] for row in lines(waterfall(study(spans), folds=True, groups=True))]
    assert depths[0] == 0
    assert all(after <= before + 1 for before, after in pairwise(depths))
