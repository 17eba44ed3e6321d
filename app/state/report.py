"""The cost report in the URL, and its widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from app.cost_report import CostReport, with_filter
from app.state.url import change, current


def follow_report(field: str, shown: object = None, *, always: bool = False) -> str:
    """As `follow`, for a field of the cost report. shown: what stands for an empty one."""
    key, value = f"report_{field}", getattr(current().costs, field) or shown
    if always or key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def take_report(field: str) -> None:
    """As `take`, for a field of the cost report."""
    value = st.session_state.get(f"report_{field}")
    change_report(**{field: getattr(CostReport(), field) if value is None else value})


def change_report(**changes: Any) -> None:
    change(costs=replace(current().costs, **changes))


def follow_filter(dimension: str) -> str:
    """The key for the widget with the values of a cost report's filter, seeded with what the URL says."""
    key = f"filter_{dimension}"
    st.session_state[key] = [value for name, value in current().costs.where if name == dimension]
    return key


def take_filter(dimension: str) -> None:
    change(costs=with_filter(current().costs, dimension, st.session_state.get(f"filter_{dimension}") or []))
