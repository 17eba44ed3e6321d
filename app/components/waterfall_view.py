"""The waterfall as a view of a trace, and below it what the selected span is to the run."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from app import state
from app.components.trace_views import Viewed
from app.components.waterfall import waterfall_grid
from app.format import escape_markdown
from app.frames.faster import faster_by_half
from app.frames.waterfall import Waterfall, waterfall
from collector.analysis.study import Study


class _Kept(NamedTuple):
    study: Study
    """Kept so that no other study can take its identity."""
    rows: Waterfall


def waterfall_view(viewed: Viewed) -> None:
    selection = state.current()
    rows = _kept(viewed.study, selection.folds, selection.groups).rows
    waterfall_grid(rows, viewed.span_id, viewed.found, viewed.palette, viewed.choose)
    name, won = faster_by_half(viewed.study, viewed.span_id) if viewed.span_id else ("", "")
    if name:
        st.caption(f"If **{escape_markdown(name)}** were twice as fast, {won}")


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Study: id})
def _kept(study: Study, folds: bool, groups: bool) -> _Kept:
    return _Kept(study, waterfall(study, folds=folds, groups=groups))
