"""The table of a cost report as rows of a list."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.frames.costs import table_frame, tells_runs
from app.frames.listing import Cell, Column, Row, number, told, words
from collector.analysis.spending import GroupCost
from collector.store.records.costs import Costs

TOTAL = "total"
"""The id of the last row."""
_FIGURES = (
    number("before", "Before", "In the time that it is held against.", 64),
    number("now", "Now", "In the time of the report.", 64),
    number("change", "Change", "Now less before.", 66),
    number("change_share", "Change %", "Of what it was before.", 76),
    number("share", "Share", "Of all that was spent now.", 60),
    number("calls", "Calls", "Now.", 54),
    number("unpriced", "Unpriced", "Calls of unknown cost, which are in no sum.", 70),
    number("each_run", "$ a run", "Over the runs that began with these calls.", 74),
    number("each_thousand", "$ a 1,000", "$ a 1,000 calls whose cost is known.", 76),
)
_IN_FRAME = {column.id: column.label for column in _FIGURES} | {"each_thousand": "$ a 1,000 calls"}


def cost_columns(dimensions: Sequence[str]) -> tuple[Column, ...]:
    """One a dimension, the first with the link of the row, and the figures."""
    named = [
        replace(words(f"group_{at}", name.capitalize(), "A click on a row opens its calls.", 100), opens=at == 0)
        for at, name in enumerate(dimensions)
    ]
    return (*named, *(column for column in _FIGURES if column.id != "each_run" or tells_runs(dimensions)))


def row_id(row: GroupCost) -> str:
    return json.dumps(row.groups)


def cost_rows(rows: Sequence[GroupCost], costs: Costs, to: Callable[[GroupCost | None], str]) -> list[Row]:
    """In the given order, and the total of all as the last, which stays there however they are sorted.

    `to` is asked for the address of a row's calls; for None, of all.
    """
    dimensions = costs.question.by
    printed = table_frame(rows, costs, [f"group_{at}" for at in range(len(dimensions))]).to_dict("records")
    columns = [column.id for column in cost_columns(dimensions)]
    found = []
    for row, texts in zip((*rows, None), printed, strict=True):
        orders = _orders(row) if row else {}
        cells = [
            told(texts[name]) if row and name.startswith("group_")
            else Cell(str(texts[_IN_FRAME.get(name, name)]), order=orders.get(name))
            for name in columns
        ]  # fmt: skip
        names = ", ".join(cell.text for cell in cells[: len(dimensions)] if cell.text)
        found.append(
            Row(
                id=row_id(row) if row else TOTAL,
                href=to(row),
                tone="" if row else "total",
                label=f"{names}, {texts['Now']}",
                cells=tuple(cells),
            )
        )
    return found


def _orders(row: GroupCost) -> dict[str, float | None]:
    """What the figures are sorted by; None: unknown, or as good as none."""
    before, now = row.before_nusd, row.now_nusd
    priced = row.calls - row.unpriced_calls
    return {
        "before": before,
        "now": now,
        "change": None if before is None and now is None else (now or 0) - (before or 0),
        "change_share": now / before if now is not None and before else None,
        "share": now,
        "calls": row.calls,
        "unpriced": row.unpriced_calls or None,
        "each_run": now / row.runs if row.runs and now is not None else None,
        "each_thousand": now / priced if priced and now is not None else None,
    }
