"""The waterfall as a view of a trace, and below it what the selected span is to the run."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from app import format as fmt
from app import state
from app.components.trace_views import Viewed
from app.components.waterfall import waterfall_grid
from app.frames.waterfall import Waterfall, waterfall
from collector.analysis.study import Study
from collector.analysis.faster import duration_if_faster


class _Kept(NamedTuple):
    study: Study
    """Kept so that no other study can take its identity."""
    rows: Waterfall


def waterfall_view(viewed: Viewed) -> None:
    selection = state.current()
    rows = _kept(viewed.study, selection.folds, selection.groups).rows
    waterfall_grid(rows, viewed.span_id, viewed.found, viewed.palette, viewed.choose)
    if viewed.span_id is not None:
        st.caption(_said(viewed.study, viewed.span_id))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Study: id})
def _kept(study: Study, folds: bool, groups: bool) -> _Kept:
    return _Kept(study, waterfall(study, folds=folds, groups=groups))


def _said(study: Study, span_id: str) -> str:
    """What the selected span is to the run: its share of the critical path, and what a faster one would win."""
    node = study.tree.find(span_id)
    faster_ns = duration_if_faster(study.tree, span_id)
    if node is None or faster_ns is None or not study.tree.duration_ns:
        return ""
    won_ns = study.tree.duration_ns - faster_ns
    name = fmt.escape_markdown(fmt.cut(node.span.name, 60))
    if won_ns < study.tree.duration_ns * 0.001:
        return f"If **{name}** were twice as fast, the run would take as long: it runs beside something slower."
    before, after = fmt.duration_ns(study.tree.duration_ns), fmt.duration_ns(faster_ns)
    share = fmt.percent(won_ns / study.tree.duration_ns)
    return f"If **{name}** were twice as fast, the run would take **{after}** instead of {before} (\u2212{share})."
