"""A cost report as files for a spreadsheet: the whole result, safe to open.

A cell that begins like a formula is text: in CSV an apostrophe stands before it, in XLSX it is written as a string.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import xlsxwriter

from app.cost_report import CostReport
from app.frames.cost_words import NANO, filters_in_words, in_words
from app.frames.costs import label
from collector.analysis.spending import GroupCost
from collector.store.records.costs import Costs

Cell = str | int | float | None
_FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_HEADS = (
    "Before USD",
    "Now USD",
    "Change USD",
    "Calls",
    "Priced calls",
    "Calls without a price",
    "Input tokens",
    "Output tokens",
)


def csv_bytes(rows: Sequence[GroupCost], costs: Costs, report: CostReport) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets need to see. Amounts with nine digits: nothing is rounded."""
    text = io.StringIO()
    writer = csv.writer(text)
    for line in _about(costs, report):
        writer.writerow([_safe(cell) for cell in line])
    writer.writerow([])
    for line in _table(rows, costs, report):
        writer.writerow([_safe(cell) for cell in line])
    return text.getvalue().encode("utf-8-sig", "replace")


def xlsx_bytes(rows: Sequence[GroupCost], costs: Costs, report: CostReport) -> bytes:
    """One sheet with the numbers as numbers, a total row, and a sheet that says what was asked."""
    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet, about = book.add_worksheet("Costs"), book.add_worksheet("About")
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "$#,##0.00####"})
        table = list(_table(rows, costs, report))
        names = len(report.dimensions)
        for at, line in enumerate(table):
            is_ruled = at in (0, len(table) - 1)
            for column, cell in enumerate(line):
                is_money = names <= column < names + 3 and at
                form = money if is_money else bold if is_ruled else None
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell, form)
                elif cell is not None:
                    sheet.write_number(at, column, cell, form)
        sheet.freeze_panes(1, names)
        sheet.autofilter(0, 0, max(1, len(table) - 2), len(table[0]) - 1)
        sheet.set_column(0, names - 1, 28)
        sheet.set_column(names, len(table[0]) - 1, 15)
        for at, line in enumerate(_about(costs, report)):
            for column, text in enumerate(line):
                about.write_string(at, column, str(text), bold if column == 0 else None)
        about.set_column(0, 1, 40)
    return file.getvalue()


def _about(costs: Costs, report: CostReport) -> Iterator[list[Cell]]:
    zone = costs.question.zone
    yield ["Cost of model calls, msgtrace"]
    yield ["Now", in_words(costs.question.now, zone)]
    yield ["Before", in_words(costs.question.before, zone)]
    yield ["Reporting zone", zone]
    yield ["Filters", filters_in_words(report)]
    if "tag" in report.dimensions:
        yield ["Note", "Rows of tags overlap: a call stands under each of its tags. The total counts it once."]


def _table(rows: Sequence[GroupCost], costs: Costs, report: CostReport) -> Iterator[list[Cell]]:
    yield [*(name.capitalize() for name in report.dimensions), *_HEADS]
    for row in rows:
        figures = (row.before_nusd, row.now_nusd, row.calls, row.unpriced_calls, row.input_tokens, row.output_tokens)
        yield [*map(label, row.groups), *_figures(*figures)]
    now = costs.total_now
    totals = (costs.total_before.cost_nusd, now.cost_nusd, now.calls, now.unpriced_calls)
    yield [
        *("Total" if at == 0 else "" for at in range(len(report.dimensions))),
        *_figures(*totals, now.input_tokens, now.output_tokens),
    ]


def _figures(
    before: int | None, now: int | None, calls: int, unpriced: int, sent: int | None, made: int | None
) -> list[Cell]:
    change = None if before is None and now is None else ((now or 0) - (before or 0)) / NANO
    now = 0 if now is None and not calls else now
    amounts = [None if nusd is None else nusd / NANO for nusd in (before, now)]
    return [*amounts, change, calls, calls - unpriced, unpriced, sent, made]


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_BEGINNINGS) else cell
