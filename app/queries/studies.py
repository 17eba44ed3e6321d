"""What a trace's spans mean together, worked out once for all sessions that look at it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from collector.analysis.study import Study
from collector.analysis.study import study as _study
from collector.store.records import SpanRecord


class _Kept(NamedTuple):
    spans: tuple[SpanRecord, ...]
    """Kept so that no other spans can take their identity."""
    study: Study


def study(spans: tuple[SpanRecord, ...]) -> Study:
    """Found again for the same answer of `queries.trace_spans`, not for an equal one: comparing would take as long."""
    return _kept(spans).study


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs={tuple: id})
def _kept(spans: tuple[SpanRecord, ...]) -> _Kept:
    return _Kept(spans, _study(spans))
