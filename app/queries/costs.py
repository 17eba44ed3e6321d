"""What calls cost, as the page about costs asks for it."""

from __future__ import annotations

import time
from dataclasses import replace

from app.cost_report import CostReport
from app.queries import price_source
from app.queries.asking import ask, ask_since
from collector.analysis.forecast import Forecast, forecast
from collector.analysis.what_if import PriceOfCall
from collector.charges import Usage
from collector.config import get_settings
from collector.monthly import gather, page
from collector.store.reads import costs as cost_reads
from collector.store.reads.cost_cells import is_whole
from collector.store.reads.dear_runs import list_dear_runs
from collector.store.records import Period
from collector.store.records.costs import CostQuestion, Costs, DearRun

DEAR_RUNS = 8
QUARTER_NS = 15 * 60 * 10**9


def costs(question: CostQuestion) -> Costs:
    return ask(cost_reads.get_costs, question)


def without_overlap(found: Costs) -> Costs:
    """The same calls, each in one cell that tells its workflow and model: where the question's own cells don't."""
    if is_whole(found.question.by):
        return found
    return costs(replace(found.question, by=("workflow",)))


def month(report: CostReport, now_ns: int) -> Forecast | None:
    """Where the present month heads, with the report's filters. None where that can't be said."""
    zone = report.zone or reporting_zone()
    end_ns = now_ns // QUARTER_NS * QUARTER_NS + QUARTER_NS
    return forecast(ask(cost_reads.month_spend, end_ns, zone, report.filters()))


def values(period: Period, dimension: str) -> tuple[str, ...]:
    """What a dimension can be filtered by, the dearest first."""
    stamp = time.time_ns() // QUARTER_NS  # a list to choose from may be as old as that
    return ask_since(cost_reads.list_values, stamp, period, dimension)


def dear_runs(question: CostQuestion) -> tuple[DearRun, ...]:
    return ask(list_dear_runs, question, DEAR_RUNS)


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


def monthly_report(month: str, now_ns: int) -> bytes:
    """The month, 2026-10, as one HTML file. Raises BadQuery for one that has not begun."""
    return page(ask(gather, month, reporting_zone(), now_ns // QUARTER_NS * QUARTER_NS, promoted_dimensions()))
