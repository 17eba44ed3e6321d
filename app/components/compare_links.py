"""The ways from a trace to its comparison with an earlier run."""

from __future__ import annotations

import streamlit as st

from app import state
from app.selection import BEFORE


def compare_links(trace_id: str) -> None:
    for label, a in (("Compare with the last good run", None), ("with the run before", BEFORE)):
        st.page_link(
            state.COMPARE_PAGE,
            label=label,
            icon=":material/compare_arrows:" if a is None else None,
            query_params=state.page_params(a=a, b=trace_id),
        )
