"""From a figure of a cost report to the calls behind it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NoReturn

from app import state
from app.cost_calls import calls_of
from app.queries import search
from collector.query import WrongQuery
from collector.store.records import Period
from collector.store.records.costs import CostFilter


def link(where: Iterable[CostFilter], period: Period) -> dict[str, str | list[str]]:
    """For st.page_link(TRACES_PAGE, query_params=...)."""
    return state.page_params(**calls_of(where, period))


def address(where: Iterable[CostFilter], period: Period) -> str:
    return state.selection_link("traces", **calls_of(where, period))


def open_calls(where: Iterable[CostFilter], period: Period) -> NoReturn:
    """The list of model calls; that of traces for what only embedders and the like did.

    The report goes along in the URL: Streamlit makes two steps of it, and Back from the list ends on the first.
    """
    asked = calls_of(where, period)
    if not _has_model_calls(asked):
        asked["listing"] = "traces"
    state.open_traces(**asked, costs=state.current().costs)


def _has_model_calls(asked: dict[str, Any]) -> bool:
    try:
        wanted = replace(state.current().carried(), **asked).trace_filter(time.time_ns(), search.dimensions())
    except WrongQuery:
        return True  # the page says what is wrong with it
    return bool(search.call_count(wanted, "llm").total)
