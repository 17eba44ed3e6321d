from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from hypothesis import given

from app.cost_report import CostReport
from app.frames.cost_files import csv_bytes, xlsx_bytes
from app.frames.cost_rows import TOTAL, cost_columns, cost_rows
from app.frames.cost_words import cards, filters_in_words, in_words, main_cause, provenance, sentence
from app.frames.costs import bridge_frame, movers_frame, steps_frame, table_frame, whole_steps
from app.frames.listing import Cell
from collector.analysis.bridge import bridge
from collector.analysis.spending import group_costs
from collector.store.reads.cost_cells import add
from collector.store.records import MonthCost, Period
from collector.store.records.costs import CostCell, CostQuestion, Costs, StepCost
from tests.analysis.costs import cell, cell_lists

DAY_NS = 86_400 * 10**9
DOLLAR = 10**9
NOVEMBER = 20_758 * DAY_NS
"""2026-11-01."""
QUESTION = CostQuestion(now=Period(NOVEMBER, NOVEMBER + 3 * DAY_NS), before=Period(NOVEMBER - 3 * DAY_NS, NOVEMBER))


def costs(now: list[CostCell], before: list[CostCell] | None = None, **changes: Any) -> Costs:
    before = before or []
    values: dict[str, Any] = {
        "question": QUESTION,
        "now": tuple(now),
        "before": tuple(before),
        "total_now": add(c.spend for c in now),
        "total_before": add(c.spend for c in before),
        "runs_now": len(now),
        "runs_before": len(before),
        "steps": (),
        "month": MonthCost(spent_usd=None, full_days_usd=(), days_left=0.0),
    }
    return Costs(**(values | changes))


def spent(usd: float, workflow: str | None = "w", calls: int = 1, **changes: Any) -> CostCell:
    nusd = round(usd * DOLLAR)
    return cell(workflow, calls=calls, cost_nusd=nusd, input_cost_nusd=nusd, input_tokens=calls * 10, **changes)


def told(label: str) -> float:
    return float(label.replace("−", "-").replace("+", "").replace("$", "").replace(",", "").replace("<", ""))


@given(cell_lists(), cell_lists())
def test_the_printed_steps_add_up_to_the_printed_totals(before: list[CostCell], now: list[CostCell]) -> None:
    labels = [told(label) for label in bridge_frame(bridge(before, now), "Before", "Now")["label"]]
    digits = 2 if max(labels[0], labels[-1]) >= 1 else 4
    assert labels[-1] - labels[0] == pytest.approx(sum(labels[1:-1]), abs=2 * 10.0**-digits)


def test_the_sentence_says_how_much_against_what_and_why() -> None:
    now, before = [spent(20, calls=20)], [spent(10, calls=10)]
    found = sentence(costs(now, before), bridge(before, now), None)
    assert found.replace("\\", "") == (
        "**$20.00** from 1 to 3 November, **+100.0 %** against 29 to 31 October, mostly more calls (+$10.00)."
    )


def test_nothing_is_the_cause_of_no_change() -> None:
    cells = [spent(10)]
    assert main_cause(bridge(cells, cells)) is None


def test_no_calls_cost_nothing_and_unpriced_calls_an_unknown_amount() -> None:
    unpriced = cell(calls=2, unpriced_calls=2, source=None)
    now, before, change, _, without = cards(costs([unpriced]), CostReport(), None, "November")
    assert (now.value, before.value, change.value, without.value) == ("unknown", "$0", "unknown", "2")


@pytest.mark.parametrize(
    ("start", "length", "words"),
    [
        (0, 3 * DAY_NS, "1 to 3 November"),
        (0, DAY_NS, "1 November"),
        (-3 * DAY_NS, 4 * DAY_NS, "29 October to 1 November"),
        (0, DAY_NS // 2, "1 November 12:00"),
        (-400 * DAY_NS, 401 * DAY_NS, "27 September 2025 to 1 November 2026"),
    ],
)
def test_times_in_words(start: int, length: int, words: str) -> None:
    assert in_words(Period(NOVEMBER + start, NOVEMBER + start + length), "UTC") == words


def test_filters_in_words() -> None:
    report = CostReport(where=(("workflow", "a"), ("workflow", "b"), ("user", "")))
    assert filters_in_words(report) == "workflow a or b, user unattributed"
    assert filters_in_words(CostReport()) == "all calls"


def test_provenance_adds_up_and_names_what_is_unpriced() -> None:
    assert provenance({"computed": 3 * DOLLAR, "reported": DOLLAR}, 4 * DOLLAR, {"llama": 2}) == (
        "$4.00 = $3.00 (75 %) computed from list prices + $1.00 (25 %) reported by the client. "
        "Unpriced: 2 calls of llama, in no sum."
    ).replace(" %", "\N{NO-BREAK SPACE}%")


def test_the_last_row_of_the_table_is_the_total() -> None:
    now, before = [spent(3, "a"), spent(1, None)], [spent(2, "a")]
    frame = table_frame(group_costs(before, now), costs(now, before), ["Workflow"])
    assert frame[["Workflow", "Before", "Now", "Change", "Share"]].to_numpy().tolist() == [
        ["a", "$2.00", "$3.00", "+$1.00", "75.0 %"],
        ["unattributed", "$0", "$1.00", "+$1.00", "25.0 %"],
        ["Total", "$2.00", "$4.00", "+$2.00", "100.0 %"],
    ]


def test_rows_lead_to_their_calls_and_the_total_is_sorted_by_nothing() -> None:
    now, before = [spent(3, "a"), spent(1, None)], [spent(2, "a")]
    rows = cost_rows(group_costs(before, now), costs(now, before), lambda row: str(row and row.groups[0]))
    assert [(row.id, row.href, row.label) for row in rows] == [
        ('["a"]', "a", "a, $3.00"),
        ("[null]", "None", "unattributed, $1.00"),
        (TOTAL, "None", "Total, $4.00"),
    ]
    shown = [column.id for column in cost_columns(["workflow"])]
    orders = [[cell.order for cell in row.cells if isinstance(cell, Cell)] for row in rows]
    assert orders[0][shown.index("change")] == DOLLAR
    assert orders[1][shown.index("change_share")] is None
    assert set(orders[2]) == {None}


def test_a_group_of_unknown_cost_is_not_printed_as_free() -> None:
    unpriced = cell("a", calls=2, unpriced_calls=2, source=None)
    [row, _] = table_frame(group_costs([], [unpriced]), costs([unpriced]), ["Workflow"]).to_dict("records")
    assert (row["Now"], row["Change"], row["Unpriced"], row["$ a 1,000 calls"]) == ("unknown", "", "2", "")


def test_a_step_of_the_bridge_opens_what_moved_it() -> None:
    found = movers_frame(bridge([spent(1, "a")], [spent(3, "a", calls=3)]), "volume")
    assert found.to_dict("records") == [{"Workflow": "a", "Model": "m", "Change": "+$2.00"}]


def steps(*parts: tuple[int, str | None, int]) -> tuple[StepCost, ...]:
    return tuple(
        StepCost(start_ns=NOVEMBER + day * DAY_NS, group=group, cost_nusd=usd * DOLLAR, calls=1)
        for day, group, usd in parts
    )


def test_days_stack_their_groups_the_dearest_below() -> None:
    found = steps_frame(costs([], steps=steps((0, "b", 1), (0, "a", 2), (1, "a", 1))), "day")
    assert found[["group", "low", "high", "total", "top"]].to_numpy().tolist() == [
        ["a", 0.0, 2.0, 3.0, False],
        ["b", 2.0, 3.0, 3.0, True],
        ["a", 0.0, 1.0, 1.0, True],
    ]


def test_weeks_and_months_are_sums_of_days() -> None:
    days = steps((0, "a", 1), (1, "a", 2), (2, "a", 4))  # a Sunday, a Monday, a Tuesday
    assert list(steps_frame(costs([], steps=days), "week")["usd"]) == [1.0, 6.0]
    assert list(steps_frame(costs([], steps=days), "month")["usd"]) == [7.0]
    assert len(whole_steps(Period(NOVEMBER, NOVEMBER + 30 * DAY_NS), "UTC", "week")) == 6


def test_groups_beyond_the_colours_share_one() -> None:
    found = steps_frame(costs([], steps=steps(*((0, f"g{n}", 10 - n) for n in range(8)))), "day")
    assert sorted(set(found["group"])) == ["3 others", "g0", "g1", "g2", "g3", "g4"]


def test_files_hold_the_whole_result_as_numbers_and_a_total() -> None:
    now = [spent(3, "a"), spent(0.123456789, "b")]
    rows = list(csv.reader(io.StringIO(csv_bytes(group_costs([], now), costs(now), CostReport()).decode("utf-8-sig"))))
    table = rows[rows.index([]) + 1 :]
    assert table[0][:4] == ["Workflow", "Before USD", "Now USD", "Change USD"]
    assert [line[2] for line in table[1:]] == ["3.0", "0.123456789", "3.123456789"]
    assert table[-1][0] == "Total"


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "|cmd", "%x"])
def test_a_cell_that_begins_like_a_formula_is_text(hostile: str) -> None:
    now = [spent(3, hostile)]
    rows = list(csv.reader(io.StringIO(csv_bytes(group_costs([], now), costs(now), CostReport()).decode("utf-8-sig"))))
    assert not any(value.startswith(("=", "+", "@", "|", "%", "\t", "\r")) for line in rows for value in line if value)
    book = zipfile.ZipFile(io.BytesIO(xlsx_bytes(group_costs([], now), costs(now), CostReport())))
    assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_files_of_tags_say_that_rows_overlap() -> None:
    text = csv_bytes([], costs([]), CostReport(by="tag")).decode("utf-8-sig")
    assert "overlap" in text
