"""What calls cost, as the page about costs asks for it."""

from __future__ import annotations

import time
from dataclasses import replace

from app.cost_report import CostReport
from app.queries import price_source
from app.queries.asking import ask
from collector.analysis.forecast import Forecast, forecast
from collector.analysis.what_if import PriceOfCall
from collector.charges import Usage
from collector.config import get_settings
from collector.store.reads import costs as cost_reads
from collector.store.records import Period
from collector.store.records.costs import TAG, CostQuestion, Costs, DearRun

DEAR_RUNS = 8


def costs(question: CostQuestion) -> Costs:
    return ask(cost_reads.get_costs, question)


def without_overlap(found: Costs) -> Costs:
    """The same calls, each in one cell: by workflow where the question was by tags."""
    if TAG not in found.question.by:
        return found
    return costs(replace(found.question, by=("workflow",)))


def month(report: CostReport, now_ns: int) -> Forecast | None:
    """Where the present month heads, with the report's filters. None where that can't be said."""
    asked = CostReport(where=report.where, zone=report.zone).question(now_ns, reporting_zone())
    return forecast(costs(asked).month)


def values(period: Period, dimension: str) -> tuple[str, ...]:
    """What a dimension can be filtered by, the dearest first."""
    return ask(cost_reads.list_values, period, dimension)


def dear_runs(question: CostQuestion) -> tuple[DearRun, ...]:
    return ask(cost_reads.list_dear_runs, question, DEAR_RUNS)


def price_of(model: str) -> PriceOfCall:
    """What a call of the model costs now. Raises ConfigurationError for a price file that is wrong."""
    book, now_ns = price_source().refresh(), time.time_ns()

    def price(sent: int, made: int, read: int, written: int) -> int | None:
        cost = book.price(None, (model,), Usage(sent, made, read, written), now_ns)
        return cost.total_nusd if cost else None

    return price


def priced_models() -> tuple[str, ...]:
    """The models of the price list."""
    return price_source().refresh().load().models()


def promoted_dimensions() -> tuple[str, ...]:
    return tuple(dimension.name for dimension in get_settings().promoted)


def reporting_zone() -> str:
    return get_settings().reporting_zone
